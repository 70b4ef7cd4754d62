"""The leases of a unit of work."""

from adapters.sql.concurrency.leases import SqlLeases
from adapters.sql.transaction import InTransaction
from application.concurrency.ports.leases import Leases
from application.concurrency.ports.repositories import LeaseRepositories


class SqlLeaseRepositories(InTransaction, LeaseRepositories):
    """The leases, inside one transaction."""

    @property
    def leases(self) -> Leases:
        """Who holds which name."""
        return SqlLeases(self._connection)
