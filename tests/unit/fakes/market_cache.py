"""A cache that can be made to fail or to hang, and counts what it is asked."""

import asyncio

from application.ports.market_cache import MarketCache
from domain.errors import CacheUnavailable
from domain.market import Books, Listing


class FakeMarketCache(MarketCache):
    """`is_down` makes every call fail at once. While `is_hanging`, a call waits `patience_seconds` and then fails."""

    def __init__(self, *, patience_seconds: float = 0.05) -> None:
        self.listings: dict[str, Listing] = {}
        self.books_by_exchange: dict[str, Books] = {}
        self._numbers: dict[tuple[type, str], int] = {}
        self.is_down = False
        self.is_hanging = False
        self.reads = 0
        self.writes = 0
        self.patience_seconds = patience_seconds

    async def listing(self, exchange: str) -> Listing | None:
        await self._read()
        return self.listings.get(exchange)

    async def keep_listing(self, listing: Listing, number: int) -> None:
        await self._written()
        if number >= self._numbers.get((Listing, listing.exchange), 0):
            self._numbers[Listing, listing.exchange] = number
            self.listings[listing.exchange] = listing

    async def books(self, exchange: str) -> Books | None:
        await self._read()
        return self.books_by_exchange.get(exchange)

    async def keep_books(self, books: Books, number: int) -> None:
        await self._written()
        if number >= self._numbers.get((Books, books.exchange), 0):
            self._numbers[Books, books.exchange] = number
            self.books_by_exchange[books.exchange] = books

    def lose_all(self) -> None:
        """Keep nothing any more."""
        for kept in (self.listings, self.books_by_exchange, self._numbers):
            kept.clear()

    async def check(self) -> None:
        await self._read()

    async def _read(self) -> None:
        self.reads += 1
        await self._failing()

    async def _written(self) -> None:
        self.writes += 1
        await self._failing()

    async def _failing(self) -> None:
        if self.is_hanging:
            await asyncio.sleep(self.patience_seconds)
        if self.is_hanging or self.is_down:
            raise CacheUnavailable("made to fail")
