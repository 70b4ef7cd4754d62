"""The fetch lock of a single process, which fetches one payload of an exchange at a time."""

from collections import defaultdict
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


@dataclass(slots=True)
class _State:
    """The lock of one exchange; times in Unix seconds."""

    fencing_token: int = NO_FETCH
    lease: Lease | None = None
    held_until: float = 0.0
    booked_until: float = 0.0
    closed_until: float = 0.0
    paused_until: float = 0.0
    connected_until: float = 0.0
    pause: ExchangeUnavailable | None = None
    failed: FetchFailed | None = None
    failed_payload: Payload | None = None  # None for all
    cached: dict[Payload, int] = field(default_factory=dict)
    changes: Broadcast = field(default_factory=Broadcast)


class MemoryFetchLock(FetchLock):
    """Bounded by the number of exchanges."""

    lease_seconds = LEASE_SECONDS

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
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
        if state.lease is not None and now < state.held_until:
            return InFlight(state.lease.fencing_token)
        failed = state.failed if state.failed_payload in {None, payload} else None
        if failed is not None and waited_for is not None and failed.fencing_token >= waited_for:
            return failed
        if spacing is not None and not spacing.is_for_sync and now < state.closed_until:
            raise throttled(exchange, state.closed_until - now)
        if spacing is not None and (wait_seconds := self._booked(state, spacing, now)):
            return Spaced(wait_seconds, state.fencing_token)
        state.fencing_token += 1
        state.lease = Lease(exchange, payload, state.fencing_token, uuid4().hex)
        state.held_until = now + self.lease_seconds
        return state.lease

    async def extend(self, lease: Lease) -> None:
        """Extend the lease if it is still held."""
        state = self._states[lease.exchange]
        if state.lease == lease:
            state.held_until = self._clock.now() + self.lease_seconds

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        """Release the lease if it is still held."""
        state = self._states[lease.exchange]
        if state.lease != lease:
            return
        state.lease = None
        if outcome.is_cached:
            state.cached[lease.payload] = lease.fencing_token
        if outcome.closed_seconds:
            state.closed_until = self._clock.now() + outcome.closed_seconds
        if outcome.failure is not None:
            state.failed = FetchFailed(lease.fencing_token, outcome.failure)
            state.failed_payload = None if outcome.failure.is_exchange_wide else lease.payload
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

    @staticmethod
    def _booked(state: _State, spacing: Spacing, now: float) -> float:
        """Book the fetch; or return how long it must wait instead."""
        booked_seconds = max(0.0, state.booked_until - now)
        wait_seconds = spacing.wait_seconds(booked_seconds)
        if not wait_seconds:
            state.booked_until = now + spacing.booked_seconds(booked_seconds)
        return wait_seconds
