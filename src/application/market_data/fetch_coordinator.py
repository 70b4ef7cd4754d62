"""Coordinates one exchange's fetches between processes: one at a time, and none that another has just made."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from application.market_data.errors import LockUnavailable
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.ports.fetch_lock import (
    NO_FETCH,
    Cached,
    FetchFailed,
    FetchLock,
    FetchOutcome,
    InFlight,
    Lease,
    Payload,
)
from domain.rates.errors import ExchangeUnavailable, FailureReason

# The release of a lock is published; the lock is still polled this often, because messages can be lost.
POLL_SECONDS = 0.05

# Waiting ends after both: then something is wrong. One alone proves nothing, because there may be many quick fetches of
# another payload, and who gets the lock next is random.
MAX_FETCHES_WAITED_FOR = 4
MIN_PATIENCE_SECONDS = 3.0


@dataclass(slots=True)
class LeaseWait:
    """One caller's wait for the lock. `waited_for` is the fetch that was in flight at its first attempt."""

    payload: Payload
    patient_until: float  # in seconds of the event loop
    waited_for: int | None = None
    fetches_of_others: set[int] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        """Whether the caller should give up."""
        is_impatient = asyncio.get_running_loop().time() >= self.patient_until
        return is_impatient and len(self.fetches_of_others) > MAX_FETCHES_WAITED_FOR

    def saw(self, fetch: InFlight) -> None:
        """Note a fetch that another caller is making."""
        if self.waited_for is None:
            self.waited_for = fetch.fencing_token
        self.fetches_of_others.add(fetch.fencing_token)


class FetchCoordinator:
    """Lets one process at a time fetch from the exchange; without the lock, this process continues alone."""

    def __init__(self, exchange: str, fetch_lock: FetchLock, calls: ExchangeCalls) -> None:
        self._exchange = exchange
        self._fetch_lock = fetch_lock
        self._calls = calls
        self._local_lock = asyncio.Lock()
        self._own_fetch = NO_FETCH

    async def newest_cached(self, payload: Payload) -> int:
        """Return the fencing token of the newest cached fetch, `NO_FETCH` if the lock is unavailable."""
        try:
            return await self._fetch_lock.newest_cached(self._exchange, payload)
        except LockUnavailable:
            return NO_FETCH

    def start_waiting(self, payload: Payload) -> LeaseWait:
        """Return a new wait, to be passed to `acquire`. Raises `ExchangeUnavailable` while the breaker is open."""
        self._calls.raise_if_open()
        return LeaseWait(payload, asyncio.get_running_loop().time() + MIN_PATIENCE_SECONDS)

    async def acquire(self, wait: LeaseWait, newer_than: int | None) -> Lease | Cached | None:
        """Try once to get the lock; return None, after a pause, while another caller's fetch is in flight.

        Returns `Cached` if the cache holds the value of a fetch later than `newer_than`; None accepts no cached value.
        Raises `ExchangeUnavailable` and `LockUnavailable`.
        """
        if wait.is_over:
            detail = "gave up waiting: other fetches kept the lock occupied"
            raise ExchangeUnavailable(self._exchange, FailureReason.TIMEOUT, detail)
        reply = await self._attempt(wait, newer_than)
        if not isinstance(reply, InFlight):
            return reply
        wait.saw(reply)
        await self._fetch_lock.wait_for_change(self._exchange, POLL_SECONDS)
        return None

    @asynccontextmanager
    async def fetching(self, lease: Lease | None) -> AsyncIterator[FetchOutcome]:
        """Hold the lease while the block fetches, then release it with the outcome, which the block fills in.

        None as the lease means that the lock is unavailable: then this process makes one fetch at a time. Raises
        `ExchangeUnavailable` if the breaker opened during the wait.
        """
        outcome = FetchOutcome()
        async with self._local_lock if lease is None else self._holding(lease, outcome):
            self._calls.raise_if_open()
            try:
                yield outcome
            except ExchangeUnavailable as failure:
                # A block (403, 451) concerns the location of this process; others may be elsewhere.
                outcome.failure = None if failure.reason is FailureReason.BLOCKED else failure
                await self._pause_if_asked_to(failure)
                raise

    async def _attempt(self, wait: LeaseWait, newer_than: int | None) -> Lease | Cached | InFlight:
        try:
            reply = await self._fetch_lock.acquire(
                self._exchange, wait.payload, newer_than=newer_than, waited_for=wait.waited_for
            )
        except ExchangeUnavailable as pause:
            self._calls.failed_elsewhere(pause)
            raise
        if not isinstance(reply, FetchFailed):
            return reply
        if reply.fencing_token != self._own_fetch:  # this process's own was counted when it failed
            self._calls.failed_elsewhere(reply.failure)
        raise reply.failure

    @asynccontextmanager
    async def _holding(self, lease: Lease, outcome: FetchOutcome) -> AsyncIterator[None]:
        extending = asyncio.create_task(self._keep_extending(lease))
        self._own_fetch = lease.fencing_token
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
