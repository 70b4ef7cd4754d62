"""Traces calls to the market cache."""

from collections.abc import Awaitable
from typing import TypeVar

from opentelemetry.trace import SpanKind, Tracer

from adapters.opentelemetry.spans import span_around
from application.market_data.ports.fetch_lock import NO_FETCH
from application.market_data.ports.market_cache import MarketCache
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments

T = TypeVar("T")


class TracedMarketCache(MarketCache):
    """Forwards every call to `cache`."""

    def __init__(self, cache: MarketCache, tracer: Tracer) -> None:
        self._cache = cache
        self._tracer = tracer

    async def instruments(self, exchange: str, since: int = NO_FETCH) -> Instruments | None:
        """Read the instruments in a span, which has the hit or miss."""
        return await self._read("cache listing", exchange, self._cache.instruments(exchange, since))

    async def write_instruments(self, instruments: Instruments, fencing_token: int) -> None:
        """Write the instruments in a span."""
        writing = self._cache.write_instruments(instruments, fencing_token)
        await self._write("cache write listing", instruments.exchange, writing)

    async def book_tickers(self, exchange: str, since: int = NO_FETCH) -> BookTickers | None:
        """Read the book tickers in a span, which has the hit or miss."""
        return await self._read("cache books", exchange, self._cache.book_tickers(exchange, since))

    async def write_book_tickers(self, book_tickers: BookTickers, fencing_token: int) -> None:
        """Write the book tickers in a span."""
        writing = self._cache.write_book_tickers(book_tickers, fencing_token)
        await self._write("cache write books", book_tickers.exchange, writing)

    async def check(self) -> None:
        """Check the cache, without a span, because readiness probes are frequent."""
        await self._cache.check()

    async def _read(self, name: str, exchange: str, reading: Awaitable[T | None]) -> T | None:
        with span_around(self._tracer, name, SpanKind.CLIENT, {"crossrate.exchange": exchange}) as span:
            value = await reading
            span.set_attribute("crossrate.cache.hit", value is not None)
            return value

    async def _write(self, name: str, exchange: str, writing: Awaitable[None]) -> None:
        with span_around(self._tracer, name, SpanKind.CLIENT, {"crossrate.exchange": exchange}):
            await writing
