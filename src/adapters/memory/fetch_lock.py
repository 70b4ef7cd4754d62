"""The fetch lock of a single process."""

from collections import defaultdict, deque
from dataclasses import dataclass, field, replace
from uuid import uuid4

from application.concurrency.broadcast import Broadcast
from application.market_data.errors import throttled
from application.market_data.ports.fetch_lock import (
    NO_FETCH,
    Cached,
    FetchFailed,
    FetchLock,
    FetchOutcome,
    InFlight,
    Lease,
    Payload,
    Spaced,
    Spacing,
)
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable

LEASE_SECONDS = 3.0

# Fetches that take less than this are made one after the other, which is as good.
SHORTEST_OVERLAPPING_SECONDS = 0.02

# Where fetches that overlap take so many times as long as one alone, because something is too busy for them, they make
# everybody wait longer. Then one less is in flight for a while, and another less if that does not help. A few prove
# nothing: whatever stops the process for a moment makes all those in flight slow.
MOST_TIMES_AS_LONG = 1.5
JUDGED, MOST_SLOW = 8, 4
FEWER_SECONDS = 5.0


@dataclass(slots=True)
class _Held:
    """A lease; times in Unix seconds."""

    lease: Lease
    began_at: float
    until: float
    is_alone: bool


def _judged() -> deque[bool]:
    return deque(maxlen=JUDGED)


@dataclass(slots=True)
class _State:
    """The lock of one exchange; times in Unix seconds.

    `alone_seconds` is how long the last fetch of each payload took that overlapped none; empty after a failure. `slow`
    tells which of the last ones that overlapped took too many times as long. Because of them, only `at_once` may
    overlap until `fewer_until`.
    """

    fencing_token: int = NO_FETCH
    held: dict[int, _Held] = field(default_factory=dict)  # by fencing token
    alone_seconds: dict[Payload, float] = field(default_factory=dict)
    slow: defaultdict[Payload, deque[bool]] = field(default_factory=lambda: defaultdict(_judged))
    at_once: int = 1
    fewer_until: float = 0.0
    booked_until: float = 0.0
    closed_until: float = 0.0
    paused_until: float = 0.0
    connected_until: float = 0.0
    pause: ExchangeUnavailable | None = None
    failed: dict[Payload, FetchFailed] = field(default_factory=dict)
    cached: dict[Payload, int] = field(default_factory=dict)
    changes: Broadcast = field(default_factory=Broadcast)


class MemoryFetchLock(FetchLock):
    """Bounded by the number of exchanges.

    While fetches succeed, up to `most_at_once` of one payload overlap, and begin at even distances. So whoever arrives
    during a fetch waits for the rest of a distance before the next one, not for the rest of that fetch.
    """

    lease_seconds = LEASE_SECONDS

    def __init__(self, clock: Clock, most_at_once: int = 1) -> None:
        self._clock = clock
        self._most_at_once = most_at_once
        self._states: defaultdict[str, _State] = defaultdict(_State)

    async def newest_cached(self, exchange: str, payload: Payload) -> int:
        """Return the fencing token of the newest cached fetch."""
        return self._states[exchange].cached.get(payload, NO_FETCH)

    async def acquire(
        self,
        exchange: str,
        payload: Payload,
        *,
        newer_than: int | None,
        waited_for: int | None,
        spacing: Spacing | None = None,
    ) -> Lease | InFlight | Spaced | Cached | FetchFailed:
        """Return a lease if the lock is free."""
        state, now = self._states[exchange], self._clock.now()
        cached = state.cached.get(payload, NO_FETCH)
        if newer_than is not None and cached > newer_than:
            return Cached(cached)
        if state.pause is not None and state.paused_until > now:
            raise replace(state.pause, retry_after_seconds=state.paused_until - now)
        in_flight = self._in_flight(state, payload, now)
        if in_flight is not None:
            return in_flight
        failed = state.failed.get(payload)
        if failed is not None and waited_for is not None and failed.fencing_token >= waited_for:
            return failed
        if spacing is not None and not spacing.is_for_sync and now < state.closed_until:
            raise throttled(exchange, state.closed_until - now)
        if spacing is not None and (wait_seconds := self._booked(state, spacing, now)):
            return Spaced(wait_seconds, state.fencing_token)
        state.fencing_token += 1
        lease = Lease(exchange, payload, state.fencing_token, uuid4().hex)
        for other in state.held.values():
            other.is_alone = False
        state.held[lease.fencing_token] = _Held(lease, now, now + self.lease_seconds, is_alone=not state.held)
        return lease

    async def extend(self, lease: Lease) -> None:
        """Extend the lease if it is still held."""
        held = self._states[lease.exchange].held.get(lease.fencing_token)
        if held is not None and held.lease == lease:
            held.until = self._clock.now() + self.lease_seconds

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        """Release the lease if it is still held."""
        state = self._states[lease.exchange]
        held = state.held.get(lease.fencing_token)
        if held is None or held.lease != lease:
            return
        del state.held[lease.fencing_token]
        self._learn(state, held, is_success=outcome.is_cached)
        if outcome.is_cached:
            state.cached[lease.payload] = max(lease.fencing_token, state.cached.get(lease.payload, NO_FETCH))
        if outcome.closed_seconds:
            state.closed_until = self._clock.now() + outcome.closed_seconds
        if outcome.failure is not None:
            for payload in Payload if outcome.failure.is_exchange_wide else [lease.payload]:
                newest = state.failed.get(payload)
                if newest is None or newest.fencing_token < lease.fencing_token:
                    state.failed[payload] = FetchFailed(lease.fencing_token, outcome.failure)
        state.changes.notify()

    async def pause(self, failure: ExchangeUnavailable) -> None:
        """Grant no lease for a while."""
        state = self._states[failure.exchange]
        until = self._clock.now() + (failure.retry_after_seconds or 0.0)
        if until > state.paused_until:
            state.paused_until, state.pause = until, failure

    async def book_connection(self, exchange: str, spacing_seconds: float) -> float:
        """Book a connection, or return how long to wait."""
        state, now = self._states[exchange], self._clock.now()
        if state.pause is not None and state.paused_until > now:
            raise replace(state.pause, retry_after_seconds=state.paused_until - now)
        wait_seconds = state.connected_until - now
        if 0 < wait_seconds <= spacing_seconds:
            return wait_seconds
        state.connected_until = now + spacing_seconds
        return 0.0

    async def wait_for_change(self, exchange: str, timeout_seconds: float) -> None:
        """Wait for the next release."""
        await self._states[exchange].changes.wait(timeout_seconds)

    def _learn(self, state: _State, held: _Held, *, is_success: bool) -> None:
        now, payload = self._clock.now(), held.lease.payload
        seconds = now - held.began_at
        if not is_success:
            state.alone_seconds.clear()
        elif held.is_alone:
            state.alone_seconds[payload] = seconds
        else:
            slow = state.slow[payload]
            slow.append(seconds > MOST_TIMES_AS_LONG * state.alone_seconds.get(payload, seconds))
            if sum(slow) > MOST_SLOW:
                slow.clear()
                state.at_once = max(1, self._at_once(state, now) - 1)
                state.fewer_until = now + FEWER_SECONDS

    def _in_flight(self, state: _State, payload: Payload, now: float) -> InFlight | None:
        """Return the newest fetch in flight, None if another may begin now."""
        for token in [token for token, held in state.held.items() if now >= held.until]:
            del state.held[token]
        tokens = [token for token, held in state.held.items() if held.lease.payload is payload]
        if not tokens:
            return None
        newest = max(tokens)
        alone_seconds = state.alone_seconds.get(payload, 0.0)
        at_once = self._at_once(state, now) if alone_seconds >= SHORTEST_OVERLAPPING_SECONDS else 1
        if len(tokens) >= at_once:
            return InFlight(newest)
        seconds = state.held[newest].began_at + alone_seconds / at_once - now
        return InFlight(newest, seconds) if seconds > 0 else None

    def _at_once(self, state: _State, now: float) -> int:
        """Return how many fetches of one payload may overlap now."""
        are_fewer = 0 < state.fewer_until - now <= FEWER_SECONDS  # a clock that was set back ends it, too
        return state.at_once if are_fewer else self._most_at_once

    @staticmethod
    def _booked(state: _State, spacing: Spacing, now: float) -> float:
        """Book the fetch; or return how long it must wait instead."""
        booked_seconds = max(0.0, state.booked_until - now)
        wait_seconds = spacing.wait_seconds(booked_seconds)
        if not wait_seconds:
            state.booked_until = now + spacing.booked_seconds(booked_seconds)
        return wait_seconds
