"""Turns within one process: its listing and its books are fetched one after the other."""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from uuid import uuid4

from application.concurrency.broadcast import Broadcast
from application.market_data.ports.fetch_lock import (
    NO_FETCH,
    Failed,
    FetchLock,
    Kept,
    Lease,
    Outcome,
    Payload,
    UnderWay,
)
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable

LEASE_SECONDS = 3.0


@dataclass(slots=True)
class _State:
    """Of one exchange; times in Unix seconds."""

    number: int = NO_FETCH
    lease: Lease | None = None
    held_until: float = 0.0
    left_alone_until: float = 0.0
    pause: ExchangeUnavailable | None = None
    failed: Failed | None = None
    failed_of: Payload | None = None  # None for all
    kept: dict[Payload, int] = field(default_factory=dict)
    bell: Broadcast = field(default_factory=Broadcast)


class MemoryFetchLock(FetchLock):
    """Bounded by the number of exchanges."""

    lease_seconds = LEASE_SECONDS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._states: defaultdict[str, _State] = defaultdict(_State)

    async def kept(self, exchange: str, payload: Payload) -> int:
        """Return the newest fetch whose value was kept."""
        return self._states[exchange].kept.get(payload, NO_FETCH)

    async def take(
        self, exchange: str, payload: Payload, *, known: int | None, waited_for: int | None
    ) -> Lease | UnderWay | Kept | Failed:
        """Return the turn if nobody has it."""
        state, now = self._states[exchange], self._clock.now()
        kept = state.kept.get(payload, NO_FETCH)
        if known is not None and kept > known:
            return Kept(kept)
        if state.pause is not None and state.left_alone_until > now:
            raise replace(state.pause, retry_after_seconds=state.left_alone_until - now)
        if state.lease is not None and now < state.held_until:
            return UnderWay(state.lease.number)
        failed = state.failed if state.failed_of in {None, payload} else None
        if failed is not None and waited_for is not None and failed.number >= waited_for:
            return failed
        state.number += 1
        state.lease = Lease(exchange, payload, state.number, uuid4().hex)
        state.held_until = now + self.lease_seconds
        return state.lease

    async def extend(self, lease: Lease) -> None:
        """Have it last for longer, if it is still the one that is held."""
        state = self._states[lease.exchange]
        if state.lease == lease:
            state.held_until = self._clock.now() + self.lease_seconds

    async def end(self, lease: Lease, outcome: Outcome) -> None:
        """Give it back, if it is still the one that is held."""
        state = self._states[lease.exchange]
        if state.lease != lease:
            return
        state.lease = None
        if outcome.is_kept:
            state.kept[lease.payload] = lease.number
        if outcome.failure is not None:
            state.failed = Failed(lease.number, outcome.failure)
            state.failed_of = None if outcome.failure.is_of_the_whole_exchange else lease.payload
        state.bell.ring()

    async def leave_alone(self, failure: ExchangeUnavailable) -> None:
        """Let nobody have a turn for a while."""
        state = self._states[failure.exchange]
        until = self._clock.now() + (failure.retry_after_seconds or 0.0)
        if until > state.left_alone_until:
            state.left_alone_until, state.pause = until, failure

    async def change(self, exchange: str, within_seconds: float) -> None:
        """Wait for the next end of a turn."""
        await self._states[exchange].bell.heard(within_seconds)
