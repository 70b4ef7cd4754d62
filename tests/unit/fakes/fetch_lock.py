"""Turns that can be made to fail, and that can be told of what other processes have done."""

from adapters.memory.fetch_lock import MemoryFetchLock
from application.market_data.ports.fetch_lock import Failed, Kept, Lease, Outcome, Payload, UnderWay
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable


class FakeFetchLock(MemoryFetchLock):
    """`is_down` makes every call fail at once. Several harnesses may share one, as processes share a Redis."""

    is_down = False

    async def kept(self, exchange: str, payload: Payload) -> int:
        self._answer()
        return await super().kept(exchange, payload)

    async def take(
        self, exchange: str, payload: Payload, *, known: int | None, waited_for: int | None
    ) -> Lease | UnderWay | Kept | Failed:
        self._answer()
        return await super().take(exchange, payload, known=known, waited_for=waited_for)

    async def extend(self, lease: Lease) -> None:
        self._answer()
        await super().extend(lease)

    async def end(self, lease: Lease, outcome: Outcome) -> None:
        self._answer()
        await super().end(lease, outcome)

    async def leave_alone(self, failure: ExchangeUnavailable) -> None:
        self._answer()
        await super().leave_alone(failure)

    async def fetched_elsewhere(self, exchange: str, payload: Payload) -> int:
        """Have another process make a fetch whose value the cache keeps; return its number."""
        lease = await super().take(exchange, payload, known=None, waited_for=None)
        assert isinstance(lease, Lease)
        await super().end(lease, Outcome(is_kept=True))
        return lease.number

    def forget(self, exchange: str) -> None:
        """Have whoever holds the turn lose it without telling anyone, and another have it at once."""
        self._states[exchange].lease = None

    def lose_all(self) -> None:
        """Begin anew, with the first number."""
        self._states.clear()

    def _answer(self) -> None:
        if self.is_down:
            raise CacheUnavailable("made to fail")
