"""Stream the books of all exchanges while this process leads the market sync."""

import asyncio
from collections.abc import Callable, Mapping

import structlog

from application.market_data.feeds.exchange_stream import ExchangeStream
from application.market_data.market_data import MarketData
from application.market_data.ports.feed_meter import FeedMeter

# New books are in use this long after the first of their rows arrived, at most.
BUILD_EVERY_SECONDS = 0.2

# After an unexpected exception, so that repeated ones cannot fill the log.
RESTART_AFTER_SECONDS = 5.0

log = structlog.get_logger()


class RunFeeds:
    """Each exchange's stream, and the market that uses it. A process that does not lead opens no connection."""

    def __init__(
        self,
        *,
        streams: Mapping[str, ExchangeStream],
        markets: Mapping[str, MarketData],
        leads: Callable[[], bool],
        meter: FeedMeter,
    ) -> None:
        self._streams = dict(streams)
        self._markets = dict(markets)
        self._leads = leads
        self._meter = meter
        self._running: dict[str, asyncio.Task[None]] = {}
        for name, stream in self._streams.items():
            self._markets[name].watch(stream.take_snapshot)

    async def run(self) -> None:
        """Stream until cancelled."""
        try:
            while self._streams:
                self._follow_role()
                for name in self._running:
                    self._build(name)
                await asyncio.sleep(BUILD_EVERY_SECONDS)
        finally:
            await self._stop()

    def _follow_role(self) -> None:
        if not self._leads():
            for task in self._running.values():
                task.cancel()
            self._running = {name: task for name, task in self._running.items() if not task.done()}
            return
        for name, stream in self._streams.items():
            if name not in self._running:
                self._running[name] = asyncio.create_task(self._keep_going(name, stream))

    async def _keep_going(self, name: str, stream: ExchangeStream) -> None:
        while True:
            try:
                await stream.run()
            except Exception:  # a bug must end neither the feed nor the service
                log.exception("feed_failed", exchange=name)
            await asyncio.sleep(RESTART_AFTER_SECONDS)

    def _build(self, name: str) -> None:
        book_tickers = self._streams[name].built()
        if book_tickers is None:
            return
        self._markets[name].take_streamed(book_tickers)
        oldest_at = min(book_tickers.older.values(), default=book_tickers.observed_at)
        self._meter.books_streamed(name, book_tickers.observed_at, oldest_at)

    async def _stop(self) -> None:
        for task in self._running.values():
            task.cancel()
        if self._running:
            await asyncio.wait(self._running.values())
