"""Market data shared between processes."""

from typing import Protocol

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


class MarketCache(Protocol):
    """Holds the newest instruments and the newest book tickers of each exchange, whole and with their timestamps.

    The cache is an optimisation: every call may raise `CacheUnavailable`, within half a second, and the caller goes on
    without. Reading returns None when it holds nothing usable: nothing, another version's value, or a damaged one. A
    write carries the fencing token of its fetch, and never replaces the value of a later fetch.
    """

    async def instruments(self, exchange: str) -> Instruments | None:
        """Return the cached instruments of this exchange."""
        ...

    async def keep_instruments(self, instruments: Instruments, fencing_token: int) -> None:
        """Replace the cached instruments of their exchange."""
        ...

    async def book_tickers(self, exchange: str) -> BookTickers | None:
        """Return the cached book tickers of this exchange."""
        ...

    async def keep_book_tickers(self, book_tickers: BookTickers, fencing_token: int) -> None:
        """Replace the cached book tickers of their exchange."""
        ...

    async def check(self) -> None:
        """Return when the cache answers; used by readiness."""
        ...
