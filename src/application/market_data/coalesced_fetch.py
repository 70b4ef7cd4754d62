"""One value that is fetched again when it is too old, by one fetch for all who wait."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.ports.fetch_lock import NO_FETCH, Payload
from application.market_data.waiting_round import Round
from application.ports.clock import Clock
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable

# Two machines that share a cache may differ a little in time; a mark further ahead than this is a fault.
CLOCK_TOLERANCE_SECONDS = 1.0

# Asking the cache for something that was observed this recently would only delay the fetch.
SHORTEST_AGE_ASKED_OF_CACHE_SECONDS = 0.05


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


class CoalescedFetch(Generic[T]):
    """The newest value of one kind from one exchange: held here, else in the cache, else fetched, in turn with others.

    In this process at most one fetch is under way. Whoever comes while one is under way waits for it, and takes its
    value only when that was observed late enough for them; otherwise they, together, have the next one made. A
    *failure* is shared at once: it was seen after they came, so waiting for another fetch would tell them nothing
    newer.
    """

    def __init__(
        self,
        *,
        payload: Payload,
        clock: Clock,
        fetch_lock: FetchCoordinator,
        fetch: Callable[[], Awaitable[T]],
        read_cache: Callable[[], Awaitable[T | None]],
        write_cache: Callable[[T, int], Awaitable[None]],
        on_newer: Callable[[T, bool], None],
    ) -> None:
        """`write_cache` is handed the fetch's number too; `on_newer`, whether the value came from the cache."""
        self.payload = payload
        self.is_from_cache = False
        self._clock = clock
        self._fetch_lock = fetch_lock
        self._fetch = fetch
        self._read_cache = read_cache
        self._write_cache = write_cache
        self._on_newer = on_newer
        self._newest: T | None = None
        self._newest_begun = 0
        self._begun = 0
        self._known = NO_FETCH  # the newest fetch of which there is nothing more to learn
        self._told = NO_FETCH  # the newest fetch whose value the cache was last said to keep
        self._round: Round | None = None  # whose fetch has not begun
        self._fetching: Round | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_fetching(self) -> bool:
        """Whether this process is asking the exchange."""
        return self._fetching is not None

    @property
    def newest(self) -> T | None:
        """The value in hand, however old."""
        return self._newest

    @property
    def begun(self) -> int:
        """How many fetches have begun, as far as is known. Take it when a question comes, hand it back as `since`."""
        return self._begun

    def held(self, not_before: float) -> T | None:
        """Return the value in hand if it was observed at or after `not_before`, in Unix seconds."""
        newest = self._newest
        if newest is None or newest.observed_at < not_before or self._is_from_the_future(newest):
            return None
        return newest

    def young(self, not_before: float | None, since: int) -> T | None:
        """Return the value in hand if `get` would take it as it is."""
        if self._newest_begun > since:
            return self._newest
        return None if not_before is None else self.held(not_before)

    async def get(self, not_before: float | None, since: int | None = None) -> T:
        """Return a value observed at or after `not_before`, in Unix seconds, or else fetched after the question came.

        None takes only the latter. The question came when `begun` was `since`, or now. That is counted and not timed,
        since a clock that is set back would make an old value look new. Raises `ExchangeUnavailable`.
        """
        since = self._begun if since is None else since
        while True:  # it ends: at most two fetches begin that are too early for this caller
            young = self.young(not_before, since)
            if young is not None:
                return young
            ended = self._joined(math.inf if not_before is None else not_before)
            # Not awaited itself: one caller who goes away must not take the fetch from the others.
            await asyncio.wait([ended])
            error = ended.exception()
            if isinstance(error, ExchangeUnavailable):
                young = self.young(not_before, since)  # the cache may have had enough for this caller
                if young is not None:
                    return young
                raise replace(error) from error  # a copy each: a shared one would gather every caller's traceback
            if error is not None:
                raise error

    async def load(self) -> None:
        """Take what the cache keeps, if that is newer than the value in hand."""
        number = await self._fetch_lock.kept(self.payload)
        if number == NO_FETCH:
            return
        if number < self._told:
            self._known = NO_FETCH  # what gives out the numbers has lost them, and begun anew
        self._told = number
        if number > self._known:
            with suppress(CacheUnavailable):
                await self.read(number, None)

    async def close(self) -> None:
        """End what is under way."""
        under_way = [task for task in self._tasks if not task.done()]
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)

    def _joined(self, not_before: float) -> asyncio.Future[None]:
        if self._fetching is not None and not math.isinf(not_before):
            return self._fetching.ended  # it began a moment ago, which is late enough for most
        if self._round is None:
            self._round = Round(self, not_before)
            task = asyncio.create_task(self._fill(self._round))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            task.add_done_callback(self._round.end)
        else:
            self._round.not_before = max(self._round.not_before, not_before)
        return self._round.ended

    async def _fill(self, round_: Round) -> None:
        if round_.not_before <= self._clock.now() - SHORTEST_AGE_ASKED_OF_CACHE_SECONDS:
            await self.load()
            if self.held(round_.not_before) is not None:
                return
        self._begun += 1  # whoever came before this may take what other processes begin after it
        round_.begun = self._begun
        await self._fetch_lock.serve(round_)

    async def read(self, number: int, begun: int | None) -> None:
        """Take what the cache keeps, of fetch `number` or later: `begun` in this process' count, None: unknown."""
        cached = await self._read_cache()
        is_news = number > self._known  # what was observed when does not tell: it was by another machine's clock
        self._known = max(self._known, number)
        if cached is None or self._is_from_the_future(cached):
            return
        is_later = self._newest is None or (is_news and cached.observed_at > self._newest.observed_at)
        if begun is not None or is_later:
            self._take(cached, begun or NO_FETCH, is_from_cache=True)

    async def fetch(self, number: int, round_: Round) -> bool:
        """Fetch it; tell those who wait before it is put into the cache. Return whether the cache keeps it."""
        self._begun += 1
        begun = self._begun
        # Whoever comes from now on and wants a later one asks for it at once, to have whichever process' comes next.
        self._round, self._fetching = None, round_
        try:
            fetched = await self._fetch()
        finally:
            self._fetching = None
        self._take(fetched, begun, is_from_cache=False)
        round_.end()
        if number == NO_FETCH:
            return False
        self._known = max(self._known, number)
        try:
            await self._write_cache(fetched, number)
        except CacheUnavailable:
            return False
        return True

    def known(self, not_before: float, waited_for: int | None) -> int | None:
        """Return the fetch whose value, and any earlier one, is of no use to someone who asks for `not_before`."""
        if waited_for is None and not_before > self._clock.now() - SHORTEST_AGE_ASKED_OF_CACHE_SECONDS:
            return None
        return max(self._known, waited_for or NO_FETCH) if math.isinf(not_before) else self._known

    def ended(self, round_: Round) -> None:
        """Let whoever comes from now on begin another round."""
        if self._round is round_:
            self._round = None

    def _take(self, value: T, begun: int, *, is_from_cache: bool) -> None:
        self._newest = value
        self._newest_begun = max(self._newest_begun, begun)
        self.is_from_cache = is_from_cache
        self._on_newer(value, is_from_cache)

    def _is_from_the_future(self, value: T) -> bool:
        return value.observed_at > self._clock.now() + CLOCK_TOLERANCE_SECONDS
