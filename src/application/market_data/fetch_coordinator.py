"""Coordinates one exchange's fetches between processes: as the lock allows, and none that another has just made."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from application.market_data.errors import LockUnavailable, throttled
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_spacing import MAX_SPACING_SECONDS, FetchSpacing
from application.market_data.lease_wait import LeaseWait
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
)
from domain.rates.errors import ExchangeUnavailable, FailureReason

# The release of a lock is published; the lock is still polled this often, because messages can be lost.
POLL_SECONDS = 0.05

# More than are ever in flight at once.
MOST_OWN_FETCHES = 16


class FetchCoordinator:
    """Lets a process fetch from the exchange when the lock allows it; without the lock, it continues alone."""

    def __init__(self, exchange: str, fetch_lock: FetchLock, calls: ExchangeCalls, spacing: FetchSpacing) -> None:
        self._exchange = exchange
        self._fetch_lock = fetch_lock
        self._calls = calls
        self._spacing = spacing
        self._local_locks = {payload: asyncio.Lock() for payload in Payload}
        self._own_fetches: deque[int] = deque(maxlen=MOST_OWN_FETCHES)

    async def newest_cached(self, payload: Payload) -> int:
        """Return the fencing token of the newest cached fetch, `NO_FETCH` if the lock is unavailable."""
        try:
            return await self._fetch_lock.newest_cached(self._exchange, payload)
        except LockUnavailable:
            return NO_FETCH

    def start_waiting(self, payload: Payload, is_for_sync: Callable[[], bool]) -> LeaseWait:
        """Return a new wait, to be passed to `acquire`. Raises `ExchangeUnavailable` while the breaker is open.

        `is_for_sync` may become true during the wait, since callers can join it.
        """
        self._calls.raise_if_open()
        return LeaseWait(payload, is_for_sync)

    async def acquire(self, wait: LeaseWait, newer_than: int | None) -> Lease | Cached | None:
        """Try once to get the lock; return None, after a pause, while it is occupied or fetches must be apart.

        Returns `Cached` if the cache holds the value of a fetch later than `newer_than`; None accepts no cached value.
        Raises `ExchangeUnavailable` and `LockUnavailable`.
        """
        if wait.is_over:
            detail = "gave up waiting: other fetches kept the lock occupied"
            raise ExchangeUnavailable(self._exchange, FailureReason.TIMEOUT, detail)
        try:
            reply = await self._attempt(wait, newer_than)
        except ExchangeUnavailable as failure:
            if failure.reason is not FailureReason.THROTTLED:
                raise
            if wait.is_for_sync():  # it joined a moment ago, and has a share of its own
                return None
            self._spacing.refused()
            raise
        if isinstance(reply, Spaced):
            wait.saw_end_of(reply.fencing_token)
            await self._fetch_lock.wait_for_change(self._exchange, min(reply.seconds, POLL_SECONDS))
            return None
        if not isinstance(reply, InFlight):
            return reply
        wait.saw(reply)
        seconds = POLL_SECONDS if reply.seconds is None else min(reply.seconds, POLL_SECONDS)
        await self._fetch_lock.wait_for_change(self._exchange, seconds)
        return None

    @asynccontextmanager
    async def fetching(self, lease: Lease | None, wait: LeaseWait) -> AsyncIterator[FetchOutcome]:
        """Hold the lease while the block fetches, then release it with the outcome, which the block fills in.

        None as the lease means that the lock is unavailable: then this process makes one fetch at a time. Raises
        `ExchangeUnavailable` if the breaker opened during the wait.
        """
        outcome = FetchOutcome()
        async with self._alone(wait) if lease is None else self._holding(lease, outcome):
            self._calls.raise_if_open()
            try:
                yield outcome
            except ExchangeUnavailable as failure:
                # A block (403, 451) concerns the location of this process; others may be elsewhere.
                outcome.failure = None if failure.reason is FailureReason.BLOCKED else failure
                await self._pause_if_asked_to(failure)
                raise
            finally:
                outcome.closed_seconds = self._spacing.closed_seconds()

    async def _attempt(self, wait: LeaseWait, newer_than: int | None) -> Lease | Cached | InFlight | Spaced:
        is_for_sync = wait.is_for_sync()
        if not is_for_sync:
            self._spacing.raise_if_closed()
        spacing = self._spacing.of(wait.payload, is_for_sync=is_for_sync)
        try:
            reply = await self._fetch_lock.acquire(
                self._exchange, wait.payload, newer_than=newer_than, waited_for=wait.waited_for, spacing=spacing
            )
        except ExchangeUnavailable as pause:
            if pause.reason is not FailureReason.THROTTLED:
                self._calls.failed_elsewhere(pause)
            raise
        if isinstance(reply, Spaced):
            self._raise_if_too_far(reply.seconds, wait)
        if not isinstance(reply, FetchFailed):
            return reply
        if reply.fencing_token not in self._own_fetches:  # this process's own was counted when it failed
            self._calls.failed_elsewhere(reply.failure)
        raise reply.failure

    def _raise_if_too_far(self, seconds: float, wait: LeaseWait) -> None:
        if seconds > MAX_SPACING_SECONDS or wait.is_impatient:
            raise throttled(self._exchange, seconds)

    @asynccontextmanager
    async def _alone(self, wait: LeaseWait) -> AsyncIterator[None]:
        async with self._local_locks[wait.payload]:
            while True:
                seconds = self._booked_alone(wait)
                if not seconds:
                    break
                await asyncio.sleep(min(seconds, POLL_SECONDS))
            yield

    def _booked_alone(self, wait: LeaseWait) -> float:
        """Book the fetch in this process; or return how long to wait. Raises `ExchangeUnavailable`."""
        is_for_sync = wait.is_for_sync()
        spacing = self._spacing.of(wait.payload, is_for_sync=is_for_sync)
        try:
            if not is_for_sync:
                self._spacing.raise_if_closed()
            seconds = 0.0 if spacing is None else self._spacing.book(spacing)
            if seconds:
                self._raise_if_too_far(seconds, wait)
        except ExchangeUnavailable:
            self._spacing.refused()
            raise
        return seconds

    @asynccontextmanager
    async def _holding(self, lease: Lease, outcome: FetchOutcome) -> AsyncIterator[None]:
        extending = asyncio.create_task(self._keep_extending(lease))
        self._own_fetches.append(lease.fencing_token)
        try:
            yield
        finally:
            extending.cancel()
            with suppress(LockUnavailable):
                await self._fetch_lock.release(lease, outcome)

    async def _pause_if_asked_to(self, failure: ExchangeUnavailable) -> None:
        if failure.reason is FailureReason.RATE_LIMITED and failure.retry_after_seconds:
            with suppress(LockUnavailable):
                await self._fetch_lock.pause(failure)

    async def _keep_extending(self, lease: Lease) -> None:
        while True:
            await asyncio.sleep(self._fetch_lock.lease_seconds / 3)
            with suppress(LockUnavailable):
                await self._fetch_lock.extend(lease)
