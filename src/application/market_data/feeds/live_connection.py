"""One connection of a feed from its opening to its end: reads it, pings it, and knows what it proves."""

import asyncio
import math
from collections.abc import Awaitable, Collection, Iterable
from typing import NamedTuple

import structlog

from application.concurrency.cooperative import yield_to_event_loop
from application.market_data.feeds.streamed_books import StreamedBooks
from application.market_data.ports.feed import MOST_AHEAD_SECONDS, Feed, FeedConnection
from application.market_data.ports.feed_meter import DropReason, FeedMeter
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable, FailureReason

# Streamed prices are as old as the newest ping that was answered. Binance closes a connection that sends it more than
# 5 messages a second, and counts pings.
PING_EVERY_SECONDS = 0.4

# A connection that answers so many pings in a row without any new price between them has stopped streaming, or paused:
# what changed meanwhile may never come. Counted in pings, so that a process that stalls doubts nothing.
SILENT_PINGS = 5

# Among hundreds of symbols, one has a new price within a minute. Where no snapshot can tell whether prices have
# changed, a connection that was quiet for so many answered pings, a minute, is replaced: that costs nothing.
QUIET_PINGS = 150

# Of pings that wait for their answer. A connection is given up before there are more.
MAX_PINGS_IN_FLIGHT = 256

# Frames that are already here are read without a pause, up to so many.
FRAMES_PER_SLICE = 64

log = structlog.get_logger()


class _Ping(NamedTuple):
    """When it was sent: in Unix seconds, and by the event loop's clock, which is never set."""

    sent_at: float
    began: float


class LiveConnection:
    """Streams these symbols into `books` until the connection is lost, or `run` is cancelled.

    `ready` is done once the exchange has confirmed the subscriptions. `proved_at` is the latest moment until which the
    stream is known to have streamed, and to have been read: when the newest ping was sent whose answer was followed by
    a new price. None before the first one.
    """

    def __init__(
        self,
        *,
        feed: Feed,
        generation: int,
        symbols: Iterable[str],
        books: StreamedBooks,
        clock: Clock,
        meter: FeedMeter,
    ) -> None:
        self.symbols = list(symbols)
        self.unknown: set[str] = set()  # of which the exchange says that it does not know them
        self.generation = generation
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_covered = False  # whether a snapshot was taken since the subscriptions were confirmed
        self.confirmed_at: float | None = None
        self.proved_at: float | None = None
        self.failure: ExchangeUnavailable | None = None
        self.frames = 0
        self._feed = feed
        self._books = books
        self._clock = clock
        self._meter = meter
        self._connection: FeedConnection | None = None
        self._added_at: dict[str, float] = {}  # when a subscription to more symbols was confirmed
        self._refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pings: dict[int, _Ping] = {}
        self._last_frame = 0.0
        self._answered_at: float | None = None  # when the newest ping was sent that was answered
        self._silent_pings = 0  # answered since the last new price

    @property
    def is_silent(self) -> bool:
        """Whether it answers pings, and streams nothing new."""
        return self._silent_pings >= SILENT_PINGS

    @property
    def is_quiet(self) -> bool:
        """Whether it has streamed nothing new for a minute."""
        return self._silent_pings >= QUIET_PINGS

    @property
    def is_open(self) -> bool:
        """Whether it can still receive."""
        return self._connection is not None

    @property
    def is_ending(self) -> bool:
        """Whether the exchange has announced the end of this connection."""
        return self._connection is not None and self._connection.is_ending

    async def run(self) -> None:
        """Connect, subscribe and read until the connection is lost; `failure` then says why."""
        try:
            async with self._feed.connected() as connection:
                self._connection = connection
                self._last_frame = asyncio.get_running_loop().time()
                self._books.opened(self.generation)
                await self._stream(connection)
        except ExchangeUnavailable as failure:
            self.failure = failure
        finally:
            self._connection = None
            self._books.closed(self.generation)

    async def resubscribe(self, symbols: list[str]) -> None:
        """Subscribe again to symbols that do not stream. A failure is raised, and ends the connection.

        Where that interrupts all symbols, only a snapshot from after it covers what was missed meanwhile.
        """
        connection = self._connection
        if connection is None:
            return
        if connection.resubscribes_all:
            self.is_covered, self.confirmed_at = False, None
        self._leave_out(await self._confirmed(connection.resubscribe(symbols)))
        if connection.resubscribes_all:
            self._missed_until(self._clock.now())

    async def subscribe(self, symbols: list[str]) -> None:
        """Subscribe to more symbols. A failure is raised, and ends the connection."""
        if self._connection is not None:
            unknown = await self._confirmed(self._connection.subscribe(symbols))
            self.symbols += symbols
            self._added_at.update(dict.fromkeys(symbols, self._clock.now()))
            self._leave_out(unknown)

    def give_up(self) -> None:
        """End the connection: it streams nothing, while prices change, or must have changed."""
        if not self._refused.done():
            detail = "its stream answers pings, and brings no prices"
            self._refused.set_exception(ExchangeUnavailable(self._feed.name, FailureReason.NETWORK, detail))

    def take_snapshot(self, observed_at: float, settling_seconds: float) -> None:
        """Know of a snapshot: one from after the subscriptions has what changed before them."""
        if self.confirmed_at is not None and observed_at >= self.confirmed_at + settling_seconds:
            self.is_covered = True

    def subscribed_by(self, moment: float) -> Collection[str]:
        """Return its symbols without those added since: what changed before that, they have not streamed."""
        late = {symbol for symbol, added_at in self._added_at.items() if added_at > moment}
        return [symbol for symbol in self.symbols if symbol not in late] if late else self.symbols

    def _leave_out(self, unknown: Collection[str]) -> None:
        if unknown:
            self.unknown |= set(unknown)
            self.symbols = [symbol for symbol in self.symbols if symbol not in self.unknown]
            log.info("symbols_unknown_to_stream", exchange=self._feed.name, symbols=sorted(unknown))
        if not self.symbols:
            detail = "its stream knows none of the listed symbols"
            raise ExchangeUnavailable(self._feed.name, FailureReason.REFUSED, detail)

    async def _confirmed(self, request: Awaitable[Collection[str]]) -> Collection[str]:
        try:
            return await request
        except ExchangeUnavailable as failure:  # some symbols may stream no longer, while pings are still answered
            self.is_covered, self.confirmed_at = False, None
            if not self._refused.done():
                self._refused.set_exception(failure)
            raise

    async def _stream(self, connection: FeedConnection) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._read(connection))
                group.create_task(self._ping(connection))
                group.create_task(self._end_once_refused())
                self._leave_out(await connection.subscribe(self.symbols))
                self.confirmed_at = self._clock.now()
                if not self.ready.done():
                    self.ready.set_result(None)
        except BaseExceptionGroup as failures:
            ours, others = failures.split(ExchangeUnavailable)
            if ours is None or others is not None:
                raise
            raise _first(ours) from ours

    async def _end_once_refused(self) -> None:
        await self._refused

    async def _read(self, connection: FeedConnection) -> None:
        loop, books, clock, generation = asyncio.get_running_loop(), self._books, self._clock, self.generation
        dates, highest = connection.dates_per_second, math.inf
        while True:
            rows, answered, is_readable = await connection.receive()
            self._last_frame = loop.time()
            self.frames += 1
            if rows:
                now = clock.now()
                if dates:
                    highest = (now + MOST_AHEAD_SECONDS) * dates
                if books.take(generation, rows, now, highest) and self._silent_pings:
                    self._end_silence(now)
            elif answered is not None:
                self._take_answer(answered)
            elif not is_readable:
                books.dropped[DropReason.UNREADABLE] += 1
            if not self.frames % FRAMES_PER_SLICE:
                await yield_to_event_loop()

    def _take_answer(self, number: int) -> None:
        ping = self._pings.pop(number, None)
        if ping is None:
            return
        for earlier in [each for each in self._pings if each < number]:
            del self._pings[earlier]
        delay_seconds = 0.0 if self._connection is None else self._connection.delay_seconds
        self._answered_at = ping.sent_at - delay_seconds
        self._silent_pings += 1
        self._meter.answered(self._feed.name, max(0.0, self._clock.now() - ping.sent_at))

    def _end_silence(self, now: float) -> None:
        """Know from a new price that the stream still streamed when the last ping was answered.

        After a long silence it may have lost prices, so that only a snapshot from now on makes it whole.
        """
        if self.is_silent and self.confirmed_at is not None:
            self._missed_until(now)
        self.proved_at, self._silent_pings = self._answered_at, 0

    def _missed_until(self, now: float) -> None:
        self.is_covered, self.confirmed_at = False, now
        self._books.missed(self.generation, now)

    async def _ping(self, connection: FeedConnection) -> None:
        loop, number = asyncio.get_running_loop(), 0
        while True:
            self._raise_if_dead(connection.silence_seconds, loop.time())
            if len(self._pings) < MAX_PINGS_IN_FLIGHT:
                number += 1
                self._pings[number] = _Ping(self._clock.now(), loop.time())
                await connection.ping(number)
            await asyncio.sleep(PING_EVERY_SECONDS)

    def _raise_if_dead(self, silence_seconds: float, now: float) -> None:
        oldest = next(iter(self._pings.values()), None)
        if now - self._last_frame > silence_seconds:
            detail = f"its stream sent nothing for {now - self._last_frame:.0f} s"
        elif oldest is not None and now - oldest.began > silence_seconds:
            detail = f"its stream answered no ping for {now - oldest.began:.0f} s"
        else:
            return
        raise ExchangeUnavailable(self._feed.name, FailureReason.TIMEOUT, detail)


def _first(failures: BaseExceptionGroup[ExchangeUnavailable]) -> ExchangeUnavailable:
    failure = failures.exceptions[0]
    return _first(failure) if isinstance(failure, BaseExceptionGroup) else failure
