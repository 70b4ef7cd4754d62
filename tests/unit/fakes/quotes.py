"""Recorded quotes in a list, and call counts in a dictionary."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

from application.quotes.ports.call_counts import CallCounts
from application.quotes.ports.hourly_tables import HourlyTables
from application.quotes.ports.quote_repository import Position, QuoteFilter, QuoteRepository
from application.quotes.quota_plan import CallCount
from domain.currency import Currency
from domain.pair import Pair
from domain.quotes.candle import DatedRate, RateSummary
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.quote import Quote, RecordedQuote, hour_of


class FakeQuoteRepository(QuoteRepository):
    """Searches all rows every time."""

    def __init__(self, rows: list[RecordedQuote]) -> None:
        self._rows = rows

    async def add(self, quote: Quote, recorded_at: int) -> RecordedQuote:
        return self._added(quote, recorded_at, None)

    async def add_for_hour(self, quote: Quote, recorded_at: int, hour: int) -> RecordedQuote | None:
        taken = {(row.quote.pair, row.quote.source, row.hour) for row in self._rows}
        return None if (quote.pair, quote.source, hour) in taken else self._added(quote, recorded_at, hour)

    async def find_by_hour(self, pair: Pair, hour: int) -> RecordedQuote | None:
        return next((row for row in self._rows if (row.quote.pair, row.hour) == (pair, hour)), None)

    async def find_newest(self, pairs: Sequence[Pair], by: int | None = None) -> dict[Pair, RecordedQuote]:
        until = None if by is None else by + 1
        return {pair: row for pair in pairs for row in await self.list_page(QuoteFilter(pair, until=until), None, 1)}

    async def find_newest_of(
        self, exchange: str, pairs: Sequence[Pair], since: int, by: int
    ) -> dict[Pair, RecordedQuote]:
        found: dict[Pair, RecordedQuote] = {}
        for pair in pairs:
            newest_first = await self.list_page(QuoteFilter(pair, since=since, until=by + 1), None, 10**6)
            of_it = [row for row in newest_first if row.quote.exchange == exchange]
            if of_it:
                found[pair] = of_it[0]
        return found

    async def find_next(self, pairs: Sequence[Pair], after: int) -> dict[Pair, RecordedQuote]:
        found = {pair: await self.list_page(QuoteFilter(pair, since=after + 1), None, 10**6) for pair in pairs}
        return {pair: newest_first[-1] for pair, newest_first in found.items() if newest_first}

    async def find_next_of(
        self, exchange: str, pairs: Sequence[Pair], after: int, until: int
    ) -> dict[Pair, RecordedQuote]:
        of_it = FakeQuoteRepository([row for row in self._rows if row.quote.exchange == exchange])
        found = await of_it.find_next(pairs, after)
        return {pair: row for pair, row in found.items() if row.quote.observed_at <= until}

    async def find_last_on_request(self, pair: Pair) -> RecordedQuote | None:
        on_request = [row for row in self._rows if row.quote.pair == pair and row.hour is None]
        return on_request[-1] if on_request else None

    async def list_page(self, filter_: QuoteFilter, before: Position | None, limit: int) -> list[RecordedQuote]:
        newest_first = sorted(self._matching(filter_), key=_position, reverse=True)
        return [row for row in newest_first if before is None or _position(row) < before][:limit]

    async def fingerprint(self, filter_: QuoteFilter) -> str:
        return repr(self._matching(filter_))

    async def stream_hours(self, pair: Pair, source: str | None, since: int, until: int) -> AsyncIterator[RateSummary]:
        hours: dict[tuple[int, str], RateSummary] = {}
        for row in self._matching(QuoteFilter(pair, source, since, until)):
            quote = row.quote
            summary = RateSummary.of(DatedRate(quote.observed_at, row.id, quote.rate))
            key = hour_of(quote.observed_at), quote.source
            hours[key] = hours[key].merged(summary) if key in hours else summary
        for summary in hours.values():
            yield summary

    def _added(self, quote: Quote, recorded_at: int, hour: int | None) -> RecordedQuote:
        recorded = RecordedQuote(len(self._rows) + 1, quote, recorded_at, hour)
        self._rows.append(recorded)
        return recorded

    def _matching(self, filter_: QuoteFilter) -> list[RecordedQuote]:
        return [row for row in self._rows if _matches(row.quote, filter_)]


class FakeHourlyTables(HourlyTables):
    """One table an hour, in a dictionary."""

    def __init__(self, tables: dict[int, HourlyTable]) -> None:
        self._tables = tables

    async def add(self, table: HourlyTable) -> bool:
        return self._tables.setdefault(table.hour, table) is table

    async def has(self, hour: int) -> bool:
        return hour in self._tables

    async def find_last(self, at: int) -> Sequence[HourlyTable]:
        by_then = sorted((hour for hour in self._tables if hour <= at), reverse=True)
        return [self._tables[hour] for hour in by_then[:2]]

    async def find_around(self, at: int, count: int, currencies: Collection[Currency]) -> Sequence[HourlyTable]:
        before = sorted((hour for hour in self._tables if hour <= at), reverse=True)
        after = sorted(hour for hour in self._tables if hour > at)
        found = (self._tables[hour] for hour in (*before[:count], *after[:count]))
        return [
            replace(each, rates={code: rate for code, rate in each.rates.items() if code in currencies})
            for each in found
        ]

    async def list_hours(self, until: int) -> Sequence[int]:
        return [hour for hour in self._tables if hour < until]

    async def delete(self, hours: Collection[int]) -> None:
        for hour in hours:
            self._tables.pop(hour, None)


class FakeCallCounts(CallCounts):
    def __init__(self, counts: dict[str, CallCount]) -> None:
        self._counts = counts

    async def lock(self, source: str) -> CallCount:
        return self._counts.get(source, CallCount())

    async def save(self, source: str, count: CallCount) -> None:
        self._counts[source] = count


def _matches(quote: Quote, filter_: QuoteFilter) -> bool:
    return (
        filter_.pair in {None, quote.pair}
        and filter_.source in {None, quote.source}
        and (filter_.since is None or filter_.since <= quote.observed_at)
        and (filter_.until is None or quote.observed_at < filter_.until)
    )


def _position(recorded: RecordedQuote) -> Position:
    return Position(recorded.quote.observed_at, recorded.id)
