"""The repository of leases in a unit of work."""

from typing import Protocol

from application.concurrency.ports.leases import Leases


class LeaseRepositories(Protocol):
    """The repository of leases, in one transaction."""

    @property
    def leases(self) -> Leases:
        """The leases of all processes."""
        ...
