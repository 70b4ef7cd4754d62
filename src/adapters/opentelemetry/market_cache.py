"""A cache whose calls are spans."""

from collections.abc import Awaitable
from typing import TypeVar

from opentelemetry.trace import SpanKind, Tracer

from adapters.opentelemetry.spans import span_around
from application.ports.market_cache import MarketCache
from domain.market import Books, Listing

T = TypeVar("T")


class TracedMarketCache(MarketCache):
    """Hands every call on to `cache`."""

    def __init__(self, cache: MarketCache, tracer: Tracer) -> None:
        self._cache = cache
        self._tracer = tracer

    async def listing(self, exchange: str) -> Listing | None:
        """Read it."""
        return await self._read("cache listing", exchange, self._cache.listing(exchange))

    async def keep_listing(self, listing: Listing, number: int) -> None:
        """Write it."""
        await self._written("cache keep listing", listing.exchange, self._cache.keep_listing(listing, number))

    async def books(self, exchange: str) -> Books | None:
        """Read them."""
        return await self._read("cache books", exchange, self._cache.books(exchange))

    async def keep_books(self, books: Books, number: int) -> None:
        """Write them."""
        await self._written("cache keep books", books.exchange, self._cache.keep_books(books, number))

    async def check(self) -> None:
        """Check it, without a span of its own: readiness is asked all day long."""
        await self._cache.check()

    async def _read(self, name: str, exchange: str, reading: Awaitable[T | None]) -> T | None:
        with span_around(self._tracer, name, SpanKind.CLIENT, {"crossrate.exchange": exchange}) as span:
            value = await reading
            span.set_attribute("crossrate.cache.hit", value is not None)
            return value

    async def _written(self, name: str, exchange: str, writing: Awaitable[None]) -> None:
        with span_around(self._tracer, name, SpanKind.CLIENT, {"crossrate.exchange": exchange}):
            await writing
