"""The embedded default: a cache that lives and dies with the process."""

from application.market_data.ports.market_cache import MarketCache
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


class MemoryMarketCache(MarketCache):
    """Keeps the newest of each in two dicts, with the number of its fetch: bounded by the number of exchanges."""

    def __init__(self) -> None:
        self._listings: dict[str, tuple[int, Instruments]] = {}
        self._book_tickers: dict[str, tuple[int, BookTickers]] = {}

    async def instruments(self, exchange: str) -> Instruments | None:
        """Return the listing kept for this exchange."""
        kept = self._listings.get(exchange)
        return None if kept is None else kept[1]

    async def keep_instruments(self, instruments: Instruments, number: int) -> None:
        """Replace the listing kept for its exchange."""
        kept = self._listings.get(instruments.exchange)
        if kept is None or number >= kept[0]:
            self._listings[instruments.exchange] = number, instruments

    async def book_tickers(self, exchange: str) -> BookTickers | None:
        """Return the books kept for this exchange."""
        kept = self._book_tickers.get(exchange)
        return None if kept is None else kept[1]

    async def keep_book_tickers(self, book_tickers: BookTickers, number: int) -> None:
        """Replace the books kept for their exchange."""
        kept = self._book_tickers.get(book_tickers.exchange)
        if kept is None or number >= kept[0]:
            self._book_tickers[book_tickers.exchange] = number, book_tickers

    async def check(self) -> None:
        """Memory always answers."""
