"""The port to the records of requests with an idempotency key."""

from typing import Protocol

from domain.idempotency.keyed_request import Answer, KeyedRequest


class IdempotencyRecords(Protocol):
    """One record per owner and key. Times are Unix seconds."""

    async def begin(self, request: KeyedRequest, now: float, expires_at: float) -> Answer | None:
        """Make a record without an answer and return None, or return the answer of the record that is there.

        A record that has expired is replaced. Waits for another unit of work that has begun with the key until that
        one ends. Raises `KeyReused` if the record is of another request, and `KeyInProgress` if waiting takes too long.
        """
        ...

    async def keep(self, request: KeyedRequest, answer: Answer) -> None:
        """Complete the record that this unit of work has begun."""
        ...

    async def delete_expired(self, now: float, limit: int) -> int:
        """Delete up to `limit` expired records, the oldest first, and return how many they were."""
        ...
