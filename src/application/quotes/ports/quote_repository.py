"""The port to the repository of recorded quotes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from domain.pair import Pair
from domain.quotes.candle import RateSummary
from domain.quotes.quote import Quote, RecordedQuote


class Position(NamedTuple):
    """A quote's position in the order of all quotes: by the Unix second of its rate, then by id."""

    observed_at: int
    id: int


@dataclass(frozen=True, slots=True)
class QuoteFilter:
    """Selects quotes by pair, source and time: Unix seconds, `since` inclusive, `until` exclusive. None matches all."""

    pair: Pair | None = None
    source: str | None = None
    since: int | None = None
    until: int | None = None


class QuoteRepository(Protocol):
    """The quotes, append-only, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, quote: Quote, recorded_at: int) -> RecordedQuote:
        """Store a quote that was recorded on request."""
        ...

    async def add_for_hour(self, quote: Quote, recorded_at: int, hour: int) -> RecordedQuote | None:
        """Store the quote of an hour; if its pair and source already have one, store nothing and return None."""
        ...

    async def find_by_hour(self, pair: Pair, hour: int) -> RecordedQuote | None:
        """Return a quote of this hour from any source, None if there is none."""
        ...

    async def find_newest(self, pairs: Sequence[Pair], by: int | None = None) -> dict[Pair, RecordedQuote]:
        """Return the newest quote of each of these pairs that has any, in one query.

        Quotes observed after the Unix second `by` do not count.
        """
        ...

    async def find_newest_of(
        self, exchange: str, pairs: Sequence[Pair], since: int, by: int
    ) -> dict[Pair, RecordedQuote]:
        """Return the newest quote of each of these pairs that this exchange gave alone, in one query.

        Only quotes observed from the Unix second `since` to `by` count.
        """
        ...

    async def find_next(self, pairs: Sequence[Pair], after: int) -> dict[Pair, RecordedQuote]:
        """Return the oldest quote of each of these pairs that was observed after the Unix second, in one query."""
        ...

    async def find_next_of(
        self, exchange: str, pairs: Sequence[Pair], after: int, until: int
    ) -> dict[Pair, RecordedQuote]:
        """Return the oldest quote of each of these pairs that this exchange gave alone, in one query.

        Only quotes observed after the Unix second `after`, and by `until`, count.
        """
        ...

    async def find_last_on_request(self, pair: Pair) -> RecordedQuote | None:
        """Return the pair's last quote recorded on request, None if there is none."""
        ...

    async def list_page(self, filter_: QuoteFilter, before: Position | None, limit: int) -> list[RecordedQuote]:
        """Return up to `limit` quotes older than `before`, newest first."""
        ...

    async def fingerprint(self, filter_: QuoteFilter) -> str:
        """Return a text that stays the same only as long as the same quotes match."""
        ...

    def stream_hours(self, pair: Pair, source: str | None, since: int, until: int) -> AsyncIterator[RateSummary]:
        """Yield a summary of the rates of each hour and source, without loading all into memory.

        `since` and `until` are Unix seconds at which hours begin; None matches all sources. Adding a quote updates the
        summary of its hour in the same unit of work, so that the number of quotes does not matter here.
        """
        ...
