"""The repository of leases in a unit of work."""

from adapters.sql.concurrency.leases import SqlLeases
from adapters.sql.transaction import InTransaction
from application.concurrency.ports.leases import Leases
from application.concurrency.ports.repositories import LeaseRepositories


class SqlLeaseRepositories(InTransaction, LeaseRepositories):
    """The repository of leases, in one transaction."""

    @property
    def leases(self) -> Leases:
        """The leases of all processes."""
        return SqlLeases(self._connection)
