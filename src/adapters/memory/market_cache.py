"""The embedded default: a cache that lives and dies with the process."""

from application.ports.market_cache import MarketCache
from domain.market import Books, Listing


class MemoryMarketCache(MarketCache):
    """Keeps the newest of each in two dicts, with the number of its fetch: bounded by the number of exchanges."""

    def __init__(self) -> None:
        self._listings: dict[str, tuple[int, Listing]] = {}
        self._books: dict[str, tuple[int, Books]] = {}

    async def listing(self, exchange: str) -> Listing | None:
        """Return the listing kept for this exchange."""
        kept = self._listings.get(exchange)
        return None if kept is None else kept[1]

    async def keep_listing(self, listing: Listing, number: int) -> None:
        """Replace the listing kept for its exchange."""
        kept = self._listings.get(listing.exchange)
        if kept is None or number >= kept[0]:
            self._listings[listing.exchange] = number, listing

    async def books(self, exchange: str) -> Books | None:
        """Return the books kept for this exchange."""
        kept = self._books.get(exchange)
        return None if kept is None else kept[1]

    async def keep_books(self, books: Books, number: int) -> None:
        """Replace the books kept for their exchange."""
        kept = self._books.get(books.exchange)
        if kept is None or number >= kept[0]:
            self._books[books.exchange] = number, books

    async def check(self) -> None:
        """Memory always answers."""
