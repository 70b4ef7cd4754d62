"""One value that is fetched again when it is too old, by one fetch for all who wait."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from application.ports.clock import Clock
from domain.errors import CacheUnavailable, ExchangeUnavailable

# Two machines that share a cache may differ a little in time; a mark further ahead than this is a fault.
CLOCK_TOLERANCE_SECONDS = 1.0

# Asking the cache for something that was observed this recently would only delay the fetch.
SHORTEST_AGE_ASKED_OF_CACHE_SECONDS = 0.05


# The number of no fetch: those begin with 1.
FROM_CACHE = 0


class Observed(Protocol):
    """Something seen at a moment."""

    @property
    def exchange(self) -> str:
        """The exchange on which it was seen."""
        ...

    @property
    def observed_at(self) -> float:
        """The Unix second, taken before the fetch was sent."""
        ...


T = TypeVar("T", bound=Observed)


class SharedFetch(Generic[T]):
    """The newest value of one kind from one exchange: held here, else in the cache, else fetched.

    At most one fetch is under way. Whoever comes while one is under way waits for it, and takes its value only when
    that was observed late enough for them; otherwise they, together, have the next one made. A *failure* is shared
    at once: it was seen after they came, so waiting for another fetch would tell them nothing newer.

    `is_fetching` tells whether the fetch itself is under way, after the cache had nothing.
    """

    def __init__(
        self,
        *,
        exchange: str,
        clock: Clock,
        fetch: Callable[[], Awaitable[T]],
        read_cache: Callable[[str], Awaitable[T | None]],
        write_cache: Callable[[T], Awaitable[None]],
        on_newer: Callable[[T], None],
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._fetch = fetch
        self._read_cache = read_cache
        self._write_cache = write_cache
        self._on_newer = on_newer
        self.is_fetching = False
        self._newest: T | None = None
        self._newest_number = FROM_CACHE
        self._begun = 0
        self._refill: asyncio.Task[None] | None = None
        self._refill_not_before = 0.0
        self._write: asyncio.Task[None] | None = None

    @property
    def newest(self) -> T | None:
        """The value in hand, however old."""
        return self._newest

    @property
    def begun(self) -> int:
        """How many fetches have begun here. Take it when a question comes, and hand it back as `since`."""
        return self._begun

    @property
    def is_from_cache(self) -> bool:
        """Whether the value in hand was taken from the cache, rather than fetched by this process."""
        return self._newest_number == FROM_CACHE

    def held(self, not_before: float) -> T | None:
        """Return the value in hand if it was observed at or after `not_before`, in Unix seconds."""
        newest = self._newest
        if newest is None or newest.observed_at < not_before or self._is_from_the_future(newest):
            return None
        return newest

    def young(self, not_before: float | None, since: int) -> T | None:
        """Return the value in hand if `get` would take it as it is."""
        if self._newest_number > since:
            return self._newest
        return None if not_before is None else self.held(not_before)

    async def get(self, not_before: float | None, since: int | None = None) -> T:
        """Return a value observed at or after `not_before`, in Unix seconds, or else fetched after the question came.

        None takes only the latter. The question came when `begun` was `since`, or now. That is counted and not timed,
        since a clock that is set back would make an old value look new. Raises `ExchangeUnavailable`.
        """
        since = self._begun if since is None else since
        while True:  # it ends: at most one fetch is under way that began too early, and any later one is taken
            young = self.young(not_before, since)
            if young is not None:
                return young
            refill = self._joined(math.inf if not_before is None else not_before)
            # Not awaited itself: one caller who goes away must not take the fetch from the others.
            await asyncio.wait([refill])
            error = refill.exception()
            if isinstance(error, ExchangeUnavailable):
                young = self.young(not_before, since)  # the cache may have had enough for this caller
                if young is not None:
                    return young
                raise replace(error) from error  # a copy each: a shared one would gather every caller's traceback
            if error is not None:
                raise error

    async def close(self) -> None:
        """End what is under way."""
        under_way = [task for task in (self._refill, self._write) if task is not None and not task.done()]
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)

    def _joined(self, not_before: float) -> asyncio.Task[None]:
        if self._refill is None:
            self._refill_not_before = not_before
            self._refill = asyncio.create_task(self._fill())
            self._refill.add_done_callback(self._filled)
        else:
            self._refill_not_before = max(self._refill_not_before, not_before)
        return self._refill

    def _filled(self, refill: asyncio.Task[None]) -> None:
        self._refill = None
        if not refill.cancelled():
            refill.exception()  # looked at, even when every caller has gone away

    async def _fill(self) -> None:
        await self._take_from_cache()
        if self.held(self._refill_not_before) is not None:
            return
        self._begun += 1
        number = self._begun
        self.is_fetching = True
        try:
            fetched = await self._fetch()
        finally:
            self.is_fetching = False
        self._take(fetched, number)
        if self._write is None or self._write.done():  # a hung cache delays one write, never a queue of them
            self._write = asyncio.create_task(self._keep(fetched))

    async def _take_from_cache(self) -> None:
        if self._refill_not_before > self._clock.now() - SHORTEST_AGE_ASKED_OF_CACHE_SECONDS:
            return
        try:
            cached = await self._read_cache(self._exchange)
        except CacheUnavailable:
            return  # the adapter has said so in the log, once
        if cached is None or self._is_from_the_future(cached):
            return
        if self._newest is None or cached.observed_at > self._newest.observed_at:
            self._take(cached, FROM_CACHE)

    def _take(self, value: T, number: int) -> None:
        self._newest = value
        self._newest_number = number
        self._on_newer(value)

    def _is_from_the_future(self, value: T) -> bool:
        return value.observed_at > self._clock.now() + CLOCK_TOLERANCE_SECONDS

    async def _keep(self, value: T) -> None:
        with suppress(CacheUnavailable):
            await self._write_cache(value)
