"""Storage of recorded quotes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from domain.pair import Pair
from domain.quotes.quote import Quote, RecordedQuote


class Position(NamedTuple):
    """A quote's place in the order of all: by the Unix second of its rate, then by id."""

    observed_at: int
    id: int


@dataclass(frozen=True, slots=True)
class QuoteFilter:
    """Selects quotes by pair, source, and the Unix seconds from `since` to before `until`; None matches any."""

    pair: Pair | None = None
    source: str | None = None
    since: int | None = None
    until: int | None = None


class QuoteRepository(Protocol):
    """The quotes, inside one unit of work: append-only. Calls may raise `DatabaseUnavailable`."""

    async def add(self, quote: Quote, recorded_at: int) -> RecordedQuote:
        """Store a quote that was recorded on request, for no hour."""
        ...

    async def add_for_hour(self, quote: Quote, recorded_at: int, hour: int) -> RecordedQuote | None:
        """Store the quote of an hour; return None, storing nothing, when its pair and source have one already."""
        ...

    async def find_by_hour(self, pair: Pair, hour: int) -> RecordedQuote | None:
        """Return a quote of this hour from any source, None when there is none."""
        ...

    async def find_newest(self, pairs: Sequence[Pair]) -> dict[Pair, RecordedQuote]:
        """Return the newest quote of each of these pairs that has any, in one query."""
        ...

    async def find_last_on_request(self, pair: Pair) -> RecordedQuote | None:
        """Return the pair's quote that was recorded on request last."""
        ...

    async def list_page(self, filter_: QuoteFilter, before: Position | None, limit: int) -> list[RecordedQuote]:
        """Return up to `limit` quotes older than `before`, newest first."""
        ...

    def stream_rates(self, filter_: QuoteFilter) -> AsyncIterator[tuple[int, Decimal]]:
        """Yield the Unix second and rate of each quote, oldest first, without holding all of them."""
        ...
