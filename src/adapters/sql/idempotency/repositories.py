"""The repository of idempotency in a unit of work."""

from adapters.sql.idempotency.records import SqlIdempotencyRecords
from adapters.sql.transaction import InTransaction
from application.idempotency.ports.idempotency_records import IdempotencyRecords
from application.idempotency.ports.repositories import IdempotencyRepositories


class SqlIdempotencyRepositories(InTransaction, IdempotencyRepositories):
    """The repository of idempotency, in one transaction."""

    @property
    def idempotency_records(self) -> IdempotencyRecords:
        """The records of requests with a key."""
        return SqlIdempotencyRecords(self._connection)
