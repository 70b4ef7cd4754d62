"""A market cache in the memory of one process."""

from application.market_data.ports.fetch_lock import NO_FETCH
from application.market_data.ports.market_cache import MarketCache
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


class MemoryMarketCache(MarketCache):
    """Holds the newest values with the fencing tokens of their fetches. Bounded by the number of exchanges."""

    def __init__(self) -> None:
        self._instruments: dict[str, tuple[int, Instruments]] = {}
        self._book_tickers: dict[str, tuple[int, BookTickers]] = {}

    async def instruments(self, exchange: str, since: int = NO_FETCH) -> Instruments | None:
        """Return the cached instruments."""
        cached = self._instruments.get(exchange)
        return None if cached is None or cached[0] < since else cached[1]

    async def write_instruments(self, instruments: Instruments, fencing_token: int) -> None:
        """Replace the cached instruments."""
        cached = self._instruments.get(instruments.exchange)
        if cached is None or fencing_token >= cached[0]:
            self._instruments[instruments.exchange] = fencing_token, instruments

    async def book_tickers(self, exchange: str, since: int = NO_FETCH) -> BookTickers | None:
        """Return the cached book tickers."""
        cached = self._book_tickers.get(exchange)
        return None if cached is None or cached[0] < since else cached[1]

    async def write_book_tickers(self, book_tickers: BookTickers, fencing_token: int) -> None:
        """Replace the cached book tickers."""
        cached = self._book_tickers.get(book_tickers.exchange)
        if cached is None or fencing_token >= cached[0]:
            self._book_tickers[book_tickers.exchange] = fencing_token, book_tickers

    async def check(self) -> None:
        """Memory always answers."""
