"""An exchange's public market data."""

from typing import Protocol

from domain.market import Books, Listing


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

    async def fetch_listing(self) -> Listing:
        """Return the pairs that can be traded now."""
        ...

    async def fetch_books(self) -> Books:
        """Return the sane books of all symbols, traded or not: the listing decides what counts."""
        ...
