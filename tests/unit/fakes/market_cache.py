"""A cache that can be made to fail or to hang, and counts its calls."""

import asyncio

from application.market_data.ports.fetch_lock import NO_FETCH
from application.market_data.ports.market_cache import MarketCache
from domain.errors import CacheUnavailable
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


class FakeMarketCache(MarketCache):
    """`is_down` makes every call fail at once. While `is_hanging`, a call waits `patience_seconds` and then fails."""

    def __init__(self, *, patience_seconds: float = 0.05) -> None:
        self.instruments_by_exchange: dict[str, Instruments] = {}
        self.books_by_exchange: dict[str, BookTickers] = {}
        self._fencing_tokens: dict[tuple[type, str], int] = {}
        self.is_down = False
        self.is_hanging = False
        self.reads = 0
        self.writes = 0
        self.patience_seconds = patience_seconds

    async def instruments(self, exchange: str, since: int = NO_FETCH) -> Instruments | None:
        await self._read()
        is_late = self._fencing_tokens.get((Instruments, exchange), since) >= since
        return self.instruments_by_exchange.get(exchange) if is_late else None

    async def write_instruments(self, instruments: Instruments, fencing_token: int) -> None:
        await self._written()
        if fencing_token >= self._fencing_tokens.get((Instruments, instruments.exchange), 0):
            self._fencing_tokens[Instruments, instruments.exchange] = fencing_token
            self.instruments_by_exchange[instruments.exchange] = instruments

    async def book_tickers(self, exchange: str, since: int = NO_FETCH) -> BookTickers | None:
        await self._read()
        is_late = self._fencing_tokens.get((BookTickers, exchange), since) >= since
        return self.books_by_exchange.get(exchange) if is_late else None

    async def write_book_tickers(self, book_tickers: BookTickers, fencing_token: int) -> None:
        await self._written()
        if fencing_token >= self._fencing_tokens.get((BookTickers, book_tickers.exchange), 0):
            self._fencing_tokens[BookTickers, book_tickers.exchange] = fencing_token
            self.books_by_exchange[book_tickers.exchange] = book_tickers

    def lose_all(self) -> None:
        """Keep nothing any more."""
        for kept in (self.instruments_by_exchange, self.books_by_exchange, self._fencing_tokens):
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
