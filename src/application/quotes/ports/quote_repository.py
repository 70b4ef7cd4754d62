"""Recorded quotes, kept for good."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Protocol

from domain.pair import Pair
from domain.quotes.quote import Quote, RecordedQuote


class Position(NamedTuple):
    """A quote's place among all, oldest first: by the Unix second of its rate, then by its id."""

    observed_at: int
    id: int


@dataclass(frozen=True, slots=True)
class QuoteFilter:
    """Which quotes: of a pair, of a source, observed from the Unix second `since` on and before `until`; None: any."""

    pair: Pair | None = None
    source: str | None = None
    since: int | None = None
    until: int | None = None


class QuoteRepository(Protocol):
    """The quotes, inside one unit of work: added and read, never changed. Calls may raise `DatabaseUnavailable`."""

    async def add(self, quote: Quote, recorded_at: int) -> RecordedQuote:
        """Keep a quote that stands for no hour."""
        ...

    async def add_for_hour(self, quote: Quote, recorded_at: int, hour: int) -> RecordedQuote | None:
        """Keep a quote; None, and nothing kept, when its pair and source have one of this hour already."""
        ...

    async def find_by_hour(self, pair: Pair, hour: int) -> RecordedQuote | None:
        """Return a quote that stands for this hour, of whichever source; None when there is none."""
        ...

    async def find_newest(self, pairs: Sequence[Pair]) -> dict[Pair, RecordedQuote]:
        """Return the newest quote of each of these pairs that has any; one question, however many they are."""
        ...

    async def find_last_by_hand(self, pair: Pair) -> RecordedQuote | None:
        """Return the pair's quote that was added last among those that stand for no hour."""
        ...

    async def list_page(self, chosen: QuoteFilter, before: Position | None, limit: int) -> list[RecordedQuote]:
        """Return up to `limit` quotes, newest first, from the first one that is older than `before`."""
        ...

    def stream_rates(self, chosen: QuoteFilter) -> AsyncIterator[tuple[int, Decimal]]:
        """Yield the Unix second and the rate of each quote, oldest first, without holding them all."""
        ...
