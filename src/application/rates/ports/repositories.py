"""The repositories of rates in a unit of work."""

from typing import Protocol

from application.concurrency.ports.repositories import LeaseRepositories
from application.rates.ports.reference_repository import ReferenceRepository


class ReferenceRepositories(Protocol):
    """The repositories of reference rates, in one transaction."""

    @property
    def reference_rates(self) -> ReferenceRepository:
        """A bank's publications."""
        ...


class FetchingRepositories(ReferenceRepositories, LeaseRepositories, Protocol):
    """Adds leases, because only one process at a time asks the bank."""
