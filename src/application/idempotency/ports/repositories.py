"""The repository of idempotency in a unit of work."""

from typing import Protocol

from application.idempotency.ports.idempotency_records import IdempotencyRecords


class IdempotencyRepositories(Protocol):
    """What a unit of work needs for changes that are made once."""

    @property
    def idempotency_records(self) -> IdempotencyRecords:
        """The records of requests with a key."""
        ...
