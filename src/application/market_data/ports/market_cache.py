"""The port to the cache of market data that processes share."""

from typing import Protocol

from application.market_data.ports.fetch_lock import NO_FETCH
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


class MarketCache(Protocol):
    """Holds the newest instruments and book tickers of each exchange, complete and with their timestamps.

    The cache is an optimisation: every call may raise `CacheUnavailable`, within half a second, and the caller
    continues without it. Reads return None for a value that is missing, damaged, of another version, not written by
    one of our processes, or of an earlier fetch than `since`. A write takes the fencing token of its fetch, and never
    replaces the value of a later fetch.
    """

    async def instruments(self, exchange: str, since: int = NO_FETCH) -> Instruments | None:
        """Return the cached instruments of this exchange."""
        ...

    async def write_instruments(self, instruments: Instruments, fencing_token: int) -> None:
        """Replace the cached instruments of their exchange."""
        ...

    async def book_tickers(self, exchange: str, since: int = NO_FETCH) -> BookTickers | None:
        """Return the cached book tickers of this exchange."""
        ...

    async def write_book_tickers(self, book_tickers: BookTickers, fencing_token: int) -> None:
        """Replace the cached book tickers of their exchange."""
        ...

    async def check(self) -> None:
        """Return if the cache answers, for the readiness probe."""
        ...
