"""Listings and books shared between processes."""

from typing import Protocol

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


class MarketCache(Protocol):
    """Keeps the newest listing and the newest books of each exchange, whole and with their age marks.

    The cache is an optimisation: every call may raise `CacheUnavailable`, within half a second, and the caller goes on
    without. Reading returns None when nothing usable is kept: nothing, another version's value, or a damaged one.
    What is kept comes with the number of the fetch that brought it, and never replaces what a later one has brought.
    """

    async def instruments(self, exchange: str) -> Instruments | None:
        """Return the listing kept for this exchange."""
        ...

    async def keep_instruments(self, instruments: Instruments, number: int) -> None:
        """Replace the listing kept for its exchange."""
        ...

    async def book_tickers(self, exchange: str) -> BookTickers | None:
        """Return the books kept for this exchange."""
        ...

    async def keep_book_tickers(self, book_tickers: BookTickers, number: int) -> None:
        """Replace the books kept for their exchange."""
        ...

    async def check(self) -> None:
        """Return when the cache answers; used by readiness."""
        ...
