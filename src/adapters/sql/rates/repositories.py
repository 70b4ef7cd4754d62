"""The repositories of rates in a unit of work."""

from adapters.sql.rates.reference_repository import SqlReferenceRepository
from adapters.sql.transaction import InTransaction
from application.rates.ports.reference_repository import ReferenceRepository
from application.rates.ports.repositories import ReferenceRepositories


class SqlRatesRepositories(InTransaction, ReferenceRepositories):
    """The repositories of rates, in one transaction."""

    @property
    def reference_rates(self) -> ReferenceRepository:
        """A bank's publications."""
        return SqlReferenceRepository(self._connection)
