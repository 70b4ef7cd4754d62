"""List recorded quotes, page by page or as a stream."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from application.ports.database import Database
from application.quotes.ports.quote_repository import Position, QuoteFilter
from application.quotes.ports.repositories import QuotesRepositories
from domain.quotes.quote import RecordedQuote

MAX_PAGE_QUOTES = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Quotes, newest first. `next` is the position to continue from, None on the last page."""

    quotes: list[RecordedQuote]
    next: Position | None


class ListQuotes:
    """Keyset pagination: unlike offsets, positions do not move when quotes are added."""

    def __init__(self, database: Database[QuotesRepositories]) -> None:
        self._database = database

    async def __call__(self, filter_: QuoteFilter, before: Position | None, limit: int) -> Page:
        """Return up to `limit` quotes, 1000 at most, older than `before`. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            found = await unit.quotes.list_page(filter_, before, limit + 1)
        quotes = found[:limit]
        return Page(quotes, position_of(quotes[-1]) if len(found) > limit else None)

    async def fingerprint(self, filter_: QuoteFilter) -> str:
        """Return a text that stays the same only as long as the same quotes match. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            return await unit.quotes.fingerprint(filter_)

    async def each(self, filter_: QuoteFilter, before: Position | None) -> AsyncIterator[RecordedQuote]:
        """Yield all quotes older than `before`, with one page in memory and no open transaction in between."""
        while True:
            page = await self(filter_, before, MAX_PAGE_QUOTES)
            for quote in page.quotes:
                yield quote
            if page.next is None:
                return
            before = page.next


def position_of(recorded: RecordedQuote) -> Position:
    """Return the quote's position in the order of all quotes."""
    return Position(recorded.quote.observed_at, recorded.id)
