"""Many callers, one fetch: holds the newest value of one payload, and fetches it again when it is too old."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Generic

from application.market_data.errors import LockUnavailable
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.freshness import Generations, is_fresh, is_from_the_future
from application.market_data.lag_limit import stale
from application.market_data.lease_wait import LeaseWait
from application.market_data.payload_source import PayloadSource, T
from application.market_data.ports.fetch_lock import NO_FETCH, Lease
from application.market_data.ports.meter import PriceSource
from application.ports.clock import Clock
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable, FailureReason

# The cache is unlikely to hold a value observed this recently, so looking there would only delay the fetch.
MIN_AGE_IN_CACHE_SECONDS = 0.05

# A value passes for one that was fetched just now only if it is not older than this, which is longer than any fetch
# takes. Tokens decide; this bounds what someone could do who repeats old values and tokens in Redis.
LATEST_MAX_AGE_SECONDS = 60.0

# A source that was too old by its own word is not asked again within this time by those who need something newer.
STALE_SECONDS = 1.0


class CoalescedFetch(Generic[T]):
    """Returns the value in memory, else in the cache, else fetches it once for all callers who wait.

    Callers who arrive during a fetch wait for it and use its value if that is fresh enough for them; the others share
    the next fetch, which begins when the fetch lock allows it: after this one, or before it has ended. A *failure* of
    the fetch in flight goes to all of them immediately: it is newer than their arrival, so another fetch would tell
    them nothing newer.
    """

    def __init__(
        self,
        *,
        source: PayloadSource[T],
        calls: ExchangeCalls,
        coordinator: FetchCoordinator,
        clock: Clock,
        generations: Generations,
        accept: Callable[[T, PriceSource], T],
        max_wait_seconds: float = math.inf,
    ) -> None:
        """`accept` gets each newer value, and where it comes from; it returns what to use of it.

        A request waits for at most `max_wait_seconds`, for a fetch under way and the next one together.
        """
        self.newest: T | None = None  # however old
        self.is_from_cache = False
        self._source = source
        self._calls = calls
        self._coordinator = coordinator
        self._clock = clock
        self._generations = generations
        self._accept = accept
        self._max_wait_seconds = max_wait_seconds
        self._generation = 0  # of the newest value
        self._newest_seen = NO_FETCH  # the newest fetch whose value was used or found useless
        self._newest_cached = NO_FETCH  # the newest fetch whose value the cache was last known to hold
        self._waiting: _Batch | None = None  # for a fetch that has not begun
        self._fetching: _Batch | None = None  # the newest whose fetch is in flight
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_coming(self) -> bool:
        """Whether somebody waits for a value."""
        return self._waiting is not None or self._fetching is not None

    def fresh(self, not_before: float, now: float) -> T | None:
        """Return the value in memory if it was observed from `not_before` to `now`, in Unix seconds; else None."""
        newest = self.newest
        if newest is None or not is_fresh(newest.observed_at, not_before, now):
            return None
        return newest

    async def get(self, not_before: float | None, generation: int | None = None, *, is_for_sync: bool = False) -> T:
        """Return a value observed at or after `not_before`, in Unix seconds, or fetched after the caller arrived.

        With None only the latter will do. `generation` is that of the arrival, by default now. The sync's fetches have
        a share of the exchange's rate limit to themselves. Raises `ExchangeUnavailable`.
        """
        generation = self._generations.current if generation is None else generation
        until = math.inf if is_for_sync else asyncio.get_running_loop().time() + self._max_wait_seconds
        if self._fetching is not None and self._acceptable(not_before, generation) is None:
            self._calls.raise_while_probing()  # instead of waiting for the probe, which may well hang
        while True:  # ends, because at most two fetches begin too early for this caller
            acceptable = self._acceptable(not_before, generation)
            if acceptable is not None:
                return acceptable
            self._raise_if_stale(not_before, generation)
            bound = math.inf if not_before is None else not_before
            done = self._in_flight(bound, generation) or self._join(bound, is_for_sync=is_for_sync)
            await self._wait(done, until)
            error = done.exception()
            if isinstance(error, ExchangeUnavailable):
                acceptable = self._acceptable(not_before, generation)  # read from the cache in the meantime
                if acceptable is not None:
                    return acceptable
                raise replace(error) from error  # a copy each: a shared one would collect every caller's traceback
            if error is not None:
                raise error

    async def _wait(self, done: asyncio.Future[None], until: float) -> None:
        """Wait without cancelling the fetch along with the caller. Raises `ExchangeUnavailable` when it is too late."""
        seconds = None if math.isinf(until) else max(0.0, until - asyncio.get_running_loop().time())
        await asyncio.wait([done], timeout=seconds)
        if not done.done():
            detail = (
                f"no new answer within {self._max_wait_seconds:g} s, a fetch under way before included, "
                "see CROSSRATE_ATTEMPT_TIMEOUT_SECONDS"
            )
            raise ExchangeUnavailable(self._calls.exchange, FailureReason.TIMEOUT, detail)

    async def load(self) -> None:
        """Take the value in the cache if it is newer than the one in memory."""
        token = await self._coordinator.newest_cached(self._source.payload)
        if token == NO_FETCH:
            return
        if token < self._newest_cached:
            self._newest_seen = NO_FETCH  # the lock's data was lost, and its tokens start again
        self._newest_cached = token
        if token > self._newest_seen:
            with suppress(CacheUnavailable):
                await self._take_cached(token, None)

    async def fetch(self) -> None:
        """Fetch from the exchange itself, whatever the cache holds. Raises `ExchangeUnavailable`."""
        done = self._join(math.inf, is_for_sync=False, is_own=True)
        await asyncio.wait([done])
        done.result()

    def run_in_background(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """Run it until it ends or this closes."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def close(self) -> None:
        """Cancel what is in flight."""
        in_flight = [task for task in self._tasks if not task.done()]
        for task in in_flight:
            task.cancel()
        if in_flight:
            await asyncio.wait(in_flight)

    def _acceptable(self, not_before: float | None, generation: int) -> T | None:
        if self._generation > generation and not self._is_stale(not_before):
            return self.newest
        return None if not_before is None else self.fresh(not_before, self._clock.now())

    def _is_stale(self, not_before: float | None) -> bool:
        """Tell whether the newest value is too old by its source's own word, however recently it was fetched."""
        newest = self.newest
        if newest is None or not_before is None or math.isinf(not_before):
            return False
        return newest.lag_seconds > 0 and newest.observed_at < not_before

    def _raise_if_stale(self, not_before: float | None, generation: int) -> None:
        """Raise `ExchangeUnavailable` if a fetch has shown, or did a moment ago, that the source has nothing newer."""
        if self.newest is None or not self._is_stale(not_before):
            return
        now = self._clock.now()
        if self._generation > generation or 0 <= now - self.newest.fetched_at < STALE_SECONDS:
            raise stale(self.newest, now)

    def _in_flight(self, not_before: float, generation: int) -> asyncio.Future[None] | None:
        fetching = self._fetching
        if fetching is None or (math.isinf(not_before) and fetching.fetch_generation <= generation):
            return None
        return fetching.done  # it has just begun, which is fresh enough for most callers

    def _join(self, not_before: float, *, is_for_sync: bool, is_own: bool = False) -> asyncio.Future[None]:
        if self._waiting is None:
            batch = self._waiting = _Batch(not_before, is_for_sync=is_for_sync)
            task = asyncio.create_task(self._serve(batch))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(batch.end)
        else:
            self._waiting.not_before = max(self._waiting.not_before, not_before)
            self._waiting.is_for_sync |= is_for_sync
        self._waiting.is_own |= is_own
        return self._waiting.done

    async def _serve(self, batch: "_Batch") -> None:
        try:
            await self._bring(batch)
        finally:
            if self._waiting is batch:  # at once: whoever joined it now would get a failure from before
                self._waiting = None

    async def _bring(self, batch: "_Batch") -> None:
        if self._may_be_cached(batch.not_before):
            await self.load()
            if self.fresh(batch.not_before, self._clock.now()) is not None:
                return
        batch.generation = self._generations.next()  # fetches that others begin from now on are fresh enough
        wait = self._coordinator.start_waiting(self._source.payload, lambda: batch.is_for_sync)
        lease: Lease | None = None
        with suppress(CacheUnavailable, LockUnavailable):  # the adapter has logged it; this process continues alone
            while lease is None:
                reply = await self._coordinator.acquire(wait, self._newest_useless(batch, wait.began_before))
                if isinstance(reply, Lease):
                    lease = reply
                elif reply is not None and await self._is_served_by(reply.fencing_token, batch, wait):
                    return
        async with self._coordinator.fetching(lease, wait) as outcome:
            outcome.is_cached = await self._fetch_for(batch, lease)

    def _may_be_cached(self, not_before: float) -> bool:
        return not_before <= self._clock.now() - MIN_AGE_IN_CACHE_SECONDS

    def _newest_useless(self, batch: "_Batch", began_before: int | None) -> int | None:
        """Return the newest fetch whose value the batch cannot use; None if it can use no cached value at all."""
        if batch.is_own or (began_before is None and not self._may_be_cached(batch.not_before)):
            return None
        return max(self._newest_seen, began_before or NO_FETCH) if math.isinf(batch.not_before) else self._newest_seen

    async def _is_served_by(self, token: int, batch: "_Batch", wait: LeaseWait) -> bool:
        """Take the cached value of this fetch or a later one; return whether it satisfies the whole batch."""
        began_after = wait.began_before is not None and token > wait.began_before
        await self._take_cached(token, batch.generation if began_after else None)
        if self._acceptable(batch.not_before, batch.generation - 1) is not None:
            return True
        return began_after and self._is_stale(batch.not_before)  # a fetch of our own would show the same

    async def _take_cached(self, token: int, generation: int | None) -> None:
        cached = await self._source.read_cache(token)
        if cached is not None:
            await self._source.prepare(cached)
        is_unseen = token > self._newest_seen  # not by timestamp, which comes from another machine's clock
        self._newest_seen = max(self._newest_seen, token)
        now = self._clock.now()
        if cached is None or is_from_the_future(cached.observed_at, now):
            return
        if generation is not None and now - cached.fetched_at > LATEST_MAX_AGE_SECONDS:
            generation = None
        is_newer = self.newest is None or (is_unseen and cached.observed_at > self.newest.observed_at)
        if generation is not None or is_newer:
            self._take(cached, generation or 0, is_from_cache=True)
            self._calls.succeeded_elsewhere(cached.fetched_at)

    async def _fetch_for(self, batch: "_Batch", lease: Lease | None) -> bool:
        """Fetch the value, wake the batch, then write the cache; return whether the cache now holds the value."""
        generation = self._generations.next()
        # Callers who need a later fetch queue for the lock immediately, and accept the next fetch of any process.
        self._waiting, self._fetching, batch.fetch_generation = None, batch, generation
        try:
            fetched = await self._source.fetch()
            await self._source.prepare(fetched)
        finally:
            if self._fetching is batch:
                self._fetching = None
        if generation > self._generation:  # else a later fetch was quicker
            self._take(fetched, generation, is_from_cache=False)
        batch.wake()
        if lease is None:
            return False
        self._newest_seen = max(self._newest_seen, lease.fencing_token)
        try:
            await self._source.write_cache(fetched, lease.fencing_token)
        except CacheUnavailable:
            return False
        return True

    def _take(self, value: T, generation: int, *, is_from_cache: bool) -> None:
        self.newest = self._accept(value, PriceSource.CACHE if is_from_cache else PriceSource.EXCHANGE)
        self._generation = max(self._generation, generation)
        self.is_from_cache = is_from_cache


class _Batch:
    """The callers who wait for the same fetch. `not_before` is their strictest bound, infinity for a new fetch.

    `is_own` if one of them needs a fetch by this process. `generation` is that of the wait for the fetch,
    `fetch_generation` that of the fetch itself.
    """

    def __init__(self, not_before: float, *, is_for_sync: bool) -> None:
        self.not_before = not_before
        self.is_for_sync = is_for_sync
        self.is_own = False
        self.generation = 0
        self.fetch_generation = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def wake(self) -> None:
        """Wake the callers, because the value is in memory."""
        if not self.done.done():
            self.done.set_result(None)

    def end(self, task: asyncio.Task[None]) -> None:
        """Wake the callers who still wait after the task has ended, with its exception if it raised one."""
        if self.done.done():
            return
        if task.cancelled():
            self.done.cancel()
        elif (error := task.exception()) is not None:
            # The traceback of the error refers back to this, so a failure, of which there are many, is copied.
            self.done.set_exception(replace(error) if isinstance(error, ExchangeUnavailable) else error)
            self.done.exception()  # marks it as retrieved, since every caller may have been cancelled
        else:
            self.done.set_result(None)
