"""An exchange's public market data."""

from dataclasses import dataclass
from typing import Protocol

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of its rate limit an exchange says this address has used, in the exchange's own weights.

    `until` is when the window is over to which this belongs, in Unix seconds.
    """

    used: int
    limit: int
    until: float


class Exchange(Protocol):
    """One exchange, asked anew at each call: no cache, no retry, a bounded time.

    Both calls mark what they return with the moment *before* the request was sent, and raise
    `ExchangeUnavailable` for whatever keeps them from a whole, sensible answer. One bad row is left out; it never
    spoils the rest.
    """

    @property
    def name(self) -> str:
        """The name in lower case, as the API spells it."""
        ...

    @property
    def usage(self) -> Usage | None:
        """What the exchange told last of its rate limit, with any answer; None before it has told anything."""
        ...

    async def fetch_instruments(self) -> Instruments:
        """Return the pairs that can be traded now."""
        ...

    async def fetch_book_tickers(self) -> BookTickers:
        """Return the sane books of all symbols, traded or not: the listing decides what counts."""
        ...
