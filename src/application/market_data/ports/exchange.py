"""An exchange's public market data."""

from dataclasses import dataclass
from typing import Protocol

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of its rate limit this address has used, as the exchange reports it, in its own weights.

    `until` is the end of the limit's current window, in Unix seconds.
    """

    used: int
    limit: int
    until: float


class Exchange(Protocol):
    """One exchange. Each call makes one request: no cache, no retry, a bounded time.

    Both calls stamp their result with the time *before* the request was sent, and raise
    `ExchangeUnavailable` if there is no complete, sensible answer. A bad row is left out and never spoils the rest.
    """

    @property
    def name(self) -> str:
        """The name in lower case, as the API spells it."""
        ...

    @property
    def usage(self) -> Usage | None:
        """What the exchange last reported of its rate limit; None before it has reported anything."""
        ...

    async def fetch_instruments(self) -> Instruments:
        """Return the pairs that can be traded now."""
        ...

    async def fetch_book_tickers(self) -> BookTickers:
        """Return the sane books of all symbols, traded or not: the instruments decide what counts."""
        ...
