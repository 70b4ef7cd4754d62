"""A fetch lock that can be made to fail, and in which other processes can be simulated."""

from adapters.memory.fetch_lock import MemoryFetchLock
from application.market_data.errors import LockUnavailable
from application.market_data.ports.fetch_lock import (
    Cached,
    FetchFailed,
    FetchOutcome,
    InFlight,
    Lease,
    Payload,
    Spaced,
    Spacing,
)
from domain.rates.errors import ExchangeUnavailable


class FakeFetchLock(MemoryFetchLock):
    """`is_down` makes every call fail at once. Several harnesses may share one, as processes share a Redis."""

    is_down = False

    async def newest_cached(self, exchange: str, payload: Payload) -> int:
        self._answer()
        return await super().newest_cached(exchange, payload)

    async def acquire(
        self,
        exchange: str,
        payload: Payload,
        *,
        newer_than: int | None,
        waited_for: int | None,
        spacing: Spacing | None = None,
    ) -> Lease | InFlight | Spaced | Cached | FetchFailed:
        self._answer()
        return await super().acquire(exchange, payload, newer_than=newer_than, waited_for=waited_for, spacing=spacing)

    async def extend(self, lease: Lease) -> None:
        self._answer()
        await super().extend(lease)

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        self._answer()
        await super().release(lease, outcome)

    async def pause(self, failure: ExchangeUnavailable) -> None:
        self._answer()
        await super().pause(failure)

    async def book_connection(self, exchange: str, spacing_seconds: float) -> float:
        self._answer()
        return await super().book_connection(exchange, spacing_seconds)

    async def fetched_elsewhere(self, exchange: str, payload: Payload) -> int:
        """Simulate a fetch by another process whose value was cached; return its fencing token."""
        lease = await super().acquire(exchange, payload, newer_than=None, waited_for=None)
        assert isinstance(lease, Lease)
        await super().release(lease, FetchOutcome(is_cached=True))
        return lease.fencing_token

    def forget(self, exchange: str) -> None:
        """Drop the lease without notifying anyone."""
        self._states[exchange].held.clear()

    def lose_all(self) -> None:
        """Lose all data: fencing tokens begin with 1 again."""
        self._states.clear()

    def _answer(self) -> None:
        if self.is_down:
            raise LockUnavailable("made to fail")
