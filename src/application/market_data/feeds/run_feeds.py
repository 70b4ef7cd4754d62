"""Stream the books of all exchanges in the process that leads the market sync, for all processes."""

import asyncio
from collections.abc import Callable, Mapping
from uuid import uuid4

import structlog

from application.concurrency.cooperative import run_cooperatively, yield_to_event_loop
from application.market_data.feeds.exchange_stream import ExchangeStream
from application.market_data.feeds.followed_books import FollowedBooks
from application.market_data.feeds.publisher import Publisher
from application.market_data.market_data import MarketData
from application.market_data.ports.feed_meter import DropReason, FeedMeter
from application.market_data.ports.streamed_updates import StreamedUpdate, StreamedUpdates
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers

# New books are in use this long after the first of their rows arrived, at most.
BUILD_EVERY_SECONDS = 0.2

# After an unexpected exception, so that repeated ones cannot fill the log.
RESTART_AFTER_SECONDS = 5.0

log = structlog.get_logger()


class RunFeeds:
    """The leader streams and publishes; the others use what it publishes, and open no connection."""

    def __init__(
        self,
        *,
        streams: Mapping[str, ExchangeStream],
        markets: Mapping[str, MarketData],
        updates: StreamedUpdates,
        leads: Callable[[], bool],
        clock: Clock,
        meter: FeedMeter,
    ) -> None:
        self._streams = dict(streams)
        self._markets = dict(markets)
        self._updates = updates
        self._leads = leads
        self._clock = clock
        self._meter = meter
        self._name = uuid4().hex
        self._publishers = {name: Publisher(name, self._name, updates) for name in streams}
        self._followed = {name: FollowedBooks(name) for name in streams}
        self._running: dict[str, asyncio.Task[None]] = {}
        for name, stream in self._streams.items():
            self._markets[name].watch(stream.take_snapshot)

    async def run(self) -> None:
        """Stream or follow until cancelled."""
        if not self._streams:
            return
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_following())
                group.create_task(self._keep_building())
        finally:
            await self._stop()

    async def take(self, update: StreamedUpdate) -> None:
        """Use what another process has published, unless this one streams itself."""
        followed = self._followed.get(update.exchange)
        if followed is None or update.publisher == self._name or self._leads():
            return
        book_tickers = await run_cooperatively(followed.take(update, self._clock.now()))
        if followed.missed:
            self._meter.rows_dropped(update.exchange, DropReason.MISSED, followed.missed)
            followed.missed = 0
        if book_tickers is not None and not self._leads():
            changed = None if update.is_whole else [symbol for symbol, _, _ in update.rows]
            self._use(book_tickers, changed, is_own=False)

    async def _keep_following(self) -> None:
        while True:
            try:
                await self._updates.subscribe(self.take)
            except Exception:  # a bug must not end it
                log.exception("feed_failed")
            await asyncio.sleep(RESTART_AFTER_SECONDS)

    async def _keep_building(self) -> None:
        while True:
            try:
                self._follow_role()
                for name in self._running:
                    await self._build(name)
                    await yield_to_event_loop()
            except Exception:  # a bug must not end it
                log.exception("feed_failed")
                await asyncio.sleep(RESTART_AFTER_SECONDS)
            await asyncio.sleep(BUILD_EVERY_SECONDS)

    def _follow_role(self) -> None:
        if not self._leads():
            for task in self._running.values():
                task.cancel()
            self._running = {name: task for name, task in self._running.items() if not task.done()}
            return
        for name, stream in self._streams.items():
            if name not in self._running or self._running[name].done():
                self._running[name] = asyncio.create_task(self._keep_streaming(name, stream))

    async def _keep_streaming(self, name: str, stream: ExchangeStream) -> None:
        while True:
            try:
                await stream.run()
            except Exception:  # a bug must end neither the feed nor the service
                log.exception("feed_failed", exchange=name)
            await asyncio.sleep(RESTART_AFTER_SECONDS)

    async def _build(self, name: str) -> None:
        stream = self._streams[name]
        book_tickers = await run_cooperatively(stream.built())
        if book_tickers is None:
            return
        patch = stream.books.patch
        self._publishers[name].publish(book_tickers, patch)
        self._use(book_tickers, None if patch is None else [symbol for symbol, _, _ in patch], is_own=True)

    def _use(self, book_tickers: BookTickers, changed: list[str] | None, *, is_own: bool) -> None:
        name = book_tickers.exchange
        self._markets[name].take_streamed(book_tickers, changed, is_own=is_own)
        oldest_at = min(book_tickers.older.values(), default=book_tickers.observed_at)
        self._meter.books_streamed(name, book_tickers.observed_at, oldest_at)

    async def _stop(self) -> None:
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values())
        for publisher in self._publishers.values():
            await publisher.close()
