"""The streams of one exchange: its connections, what they prove together, and the books that they keep fresh."""

import asyncio
import math
from collections.abc import Callable, Collection, Generator
from contextlib import suppress

import structlog

from application.market_data.errors import LockUnavailable
from application.market_data.feeds.connection_slot import ConnectionSlot
from application.market_data.feeds.dated_books import DatedBooks
from application.market_data.feeds.live_connection import LiveConnection
from application.market_data.feeds.streamed_books import StreamedBooks
from application.market_data.ports.feed import Feed
from application.market_data.ports.feed_meter import FeedMeter
from application.market_data.ports.fetch_lock import FetchLock
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason

# Binance allows 300 connections in 5 minutes, and more than one a second fails.
CONNECT_EVERY_SECONDS = 1.1

# An exchange may make its snapshot up to so long before it answers with it.
SETTLING_SECONDS = 2.0

# Listings and dead symbols are looked at this often.
ADJUST_EVERY_SECONDS = 1.0

MAX_SYMBOLS_LOGGED = 5

log = structlog.get_logger()


class ExchangeStream:
    """Streams the listed symbols of one exchange while it runs."""

    def __init__(
        self,
        *,
        feed: Feed,
        symbols: Callable[[], Collection[str]],
        fetch_lock: FetchLock,
        clock: Clock,
        meter: FeedMeter,
        uniform: Callable[[float, float], float],
    ) -> None:
        """`symbols` returns what is listed now, nothing before that is known."""
        self.books = DatedBooks(feed.name) if feed.dates_rows else StreamedBooks(feed.name)
        self._feed = feed
        self._symbols = symbols
        self._fetch_lock = fetch_lock
        self._clock = clock
        self._meter = meter
        self._uniform = uniform
        self._slots: dict[ConnectionSlot, asyncio.Task[None]] = {}
        self._generation = 0
        self._was_whole = False  # whether all connections were ready once
        self._next_connect = 0.0
        self._counted_frames: dict[int, int] = {}

    @property
    def proved_at(self) -> float | None:
        """As of when all connections together prove their symbols; None while one of them does not, or all are late.

        Where rows are dated, the newest of them proves its own symbol, once all were subscribed to: before that, a
        symbol without a price may well have one.
        """
        if isinstance(self.books, DatedBooks):
            return self.books.newest_at if self._was_whole else None
        if self.books.lag.is_late:
            return None
        moments = []
        for slot in self._slots:
            connection = slot.current
            if connection is None or not (connection.is_open and connection.is_covered) or connection.proved_at is None:
                return None
            moments.append(connection.proved_at)
        return min(moments, default=None)

    def take_snapshot(self, snapshot: BookTickers, is_own: bool) -> None:
        """Compare the streams, while there are any, with books that were fetched: by this process if `is_own`."""
        if all(slot.current is None for slot in self._slots):
            return
        is_covered = all(slot.current is not None and slot.current.is_covered for slot in self._slots)
        settled_at = snapshot.observed_at - SETTLING_SECONDS
        current = [slot.current for slot in self._slots if slot.current is not None]
        subscribed = {symbol for each in current for symbol in each.subscribed_by(settled_at)}
        self.books.take_snapshot(snapshot, subscribed, is_covered=is_covered, is_own=is_own)
        for each in current:
            each.take_snapshot(snapshot.observed_at, SETTLING_SECONDS)

    def built(self) -> Generator[None, None, BookTickers | None]:
        """Return the books as far as they are proved, None while they are not, in steps of about a millisecond."""
        self._was_whole |= bool(self._slots) and all(slot.current is not None for slot in self._slots)
        proved_at = self.proved_at
        self._count()
        return None if proved_at is None else (yield from self.books.built(proved_at))

    async def run(self) -> None:
        """Stream until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    self._assign(group)
                    await self._adjust()
                    await asyncio.sleep(ADJUST_EVERY_SECONDS)
        finally:
            self._slots.clear()

    def _assign(self, group: asyncio.TaskGroup) -> None:
        """Take away what is listed no longer, and give what no connection has to one with room, or to new ones."""
        listed = set(self._symbols())
        self._drop_unlisted(listed)
        assigned = {symbol for slot in self._slots for symbol in slot.symbols}
        missing = sorted(listed - assigned)
        for slot in self._slots:
            room = max(0, self._feed.symbols_per_connection - slot.subscribed)
            slot.symbols += missing[:room]
            missing = missing[room:]
        connections = math.ceil(len(missing) / self._feed.symbols_per_connection)
        for first in range(connections):  # none with few symbols, which might stream nothing for seconds
            slot = self._slot(missing[first::connections])
            self._slots[slot] = group.create_task(slot.keep())

    def _drop_unlisted(self, listed: set[str]) -> None:
        """Have no next connection ask for it: some exchanges refuse a subscription because of one unknown symbol."""
        if not listed:  # the listing is not known
            return
        for slot, task in list(self._slots.items()):
            slot.symbols = [symbol for symbol in slot.symbols if symbol in listed]
            if not slot.symbols:  # it would stream nothing, and so prove nothing
                task.cancel()
                del self._slots[slot]

    def _slot(self, symbols: list[str]) -> ConnectionSlot:
        return ConnectionSlot(
            exchange=self._feed.name,
            symbols=symbols,
            create=self._connection,
            permission=self._permission,
            on_failure=self._pause_if_asked_to,
            uniform=self._uniform,
            meter=self._meter,
        )

    def _connection(self, symbols: list[str]) -> LiveConnection:
        self._generation += 1
        return LiveConnection(
            feed=self._feed,
            generation=self._generation,
            symbols=symbols,
            books=self.books,
            clock=self._clock,
            meter=self._meter,
        )

    async def _permission(self) -> None:
        """Wait until a connection may be opened. Raises `ExchangeUnavailable` while the exchange is paused."""
        while True:
            seconds = await self._booked()
            if not seconds:
                return
            await asyncio.sleep(seconds)

    async def _booked(self) -> float:
        loop = asyncio.get_running_loop()
        if loop.time() < self._next_connect:
            return self._next_connect - loop.time()
        try:
            seconds = await self._fetch_lock.book_connection(self._feed.name, CONNECT_EVERY_SECONDS)
        except LockUnavailable:
            seconds = 0.0
        if not seconds:
            self._next_connect = loop.time() + CONNECT_EVERY_SECONDS
        return seconds

    async def _pause_if_asked_to(self, failure: ExchangeUnavailable) -> None:
        if failure.reason is FailureReason.RATE_LIMITED and failure.retry_after_seconds:
            with suppress(LockUnavailable):
                await self._fetch_lock.pause(failure)

    async def _adjust(self) -> None:
        self._judge_lag()
        died = self.books.judge(self._clock.now())
        if died:
            self._meter.disagreed(self._feed.name, len(died))
            log.warning(
                "symbols_stopped_streaming", exchange=self._feed.name, symbols=len(died), some=died[:MAX_SYMBOLS_LOGGED]
            )
        for slot in self._slots:
            connection = slot.current
            if connection is None:
                continue
            subscribed = {*connection.symbols, *connection.unknown}
            with suppress(ExchangeUnavailable):  # which has ended the connection: its slot opens the next one
                is_dead = connection.is_silent and not subscribed.isdisjoint(died)
                if is_dead or (self._feed.dates_rows and connection.is_quiet):
                    connection.give_up()
                    continue
                if dead := [symbol for symbol in died if symbol in subscribed]:
                    await connection.resubscribe(dead)
                if added := [symbol for symbol in slot.symbols if symbol not in subscribed]:
                    await connection.subscribe(added)

    def _judge_lag(self) -> None:
        """Let prices be fetched while the stream runs behind; each of these fetches is compared with it."""
        lag, was_late = self.books.lag, self.books.lag.is_late
        verdict = lag.judge(self._clock.now())
        if verdict is None or lag.is_late == was_late:
            return
        if lag.is_late:
            self._meter.disagreed(self._feed.name, verdict.apart)
            log.warning("stream_late", exchange=self._feed.name, **verdict._asdict())
        else:
            log.info("stream_caught_up", exchange=self._feed.name, **verdict._asdict())

    def _count(self) -> None:
        frames = 0
        current = [slot.current for slot in self._slots if slot.current is not None]
        counted = {connection.generation: connection.frames for connection in current}
        for generation, count in counted.items():
            frames += count - self._counted_frames.get(generation, 0)
        self._counted_frames = counted
        self._meter.frames_received(self._feed.name, frames)
        for reason, rows in self.books.dropped.items():
            self._meter.rows_dropped(self._feed.name, reason, rows)
        self.books.dropped.clear()
