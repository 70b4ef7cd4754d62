"""The embedded default: a cache that lives and dies with the process."""

from application.ports.market_cache import MarketCache
from domain.market import Books, Listing


class MemoryMarketCache(MarketCache):
    """Keeps the newest of each in two dicts: bounded by the number of exchanges."""

    def __init__(self) -> None:
        self._listings: dict[str, Listing] = {}
        self._books: dict[str, Books] = {}

    async def listing(self, exchange: str) -> Listing | None:
        """Return the listing kept for this exchange."""
        return self._listings.get(exchange)

    async def keep_listing(self, listing: Listing) -> None:
        """Replace the listing kept for its exchange."""
        self._listings[listing.exchange] = listing

    async def books(self, exchange: str) -> Books | None:
        """Return the books kept for this exchange."""
        return self._books.get(exchange)

    async def keep_books(self, books: Books) -> None:
        """Replace the books kept for their exchange."""
        self._books[books.exchange] = books

    async def check(self) -> None:
        """Memory always answers."""
