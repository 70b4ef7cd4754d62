"""What leases need of a unit of work."""

from typing import Protocol

from application.concurrency.ports.leases import Leases


class LeaseRepositories(Protocol):
    """The leases, inside one transaction."""

    @property
    def leases(self) -> Leases:
        """Who holds which name."""
        ...
