"""Quotes and candles as rows of CSV."""

from collections.abc import AsyncIterator, Iterable, Iterator

from domain.quotes.candle import Candle
from domain.quotes.quote import RecordedQuote
from entrypoints.http.server.csv_response import Row, iso_time

COLUMNS = (
    "id",
    "pair",
    "rate",
    "source",
    "exchange",
    "observed_at",
    "recorded_at",
    "hour",
    "observed_at_iso",
    "recorded_at_iso",
    "hour_iso",
)
CANDLE_COLUMNS = ("opened_at", "open", "high", "low", "close", "count", "opened_at_iso")


async def streamed_rows(quotes: AsyncIterator[RecordedQuote]) -> AsyncIterator[Row]:
    """Return a row for each quote."""
    async for recorded in quotes:
        yield _row(recorded)


def quote_rows(quotes: Iterable[RecordedQuote]) -> Iterator[Row]:
    """Return a row for each quote."""
    return map(_row, quotes)


def candle_rows(candles: Iterable[Candle]) -> Iterator[Row]:
    """Return a row for each candle."""
    for candle in candles:
        rates = (candle.open, candle.high, candle.low, candle.close)
        yield (candle.opened_at, *rates, candle.count, iso_time(candle.opened_at))


def _row(recorded: RecordedQuote) -> Row:
    quote = recorded.quote
    times = (quote.observed_at, recorded.recorded_at, recorded.hour)
    return (
        recorded.id,
        str(quote.pair),
        quote.rate,
        quote.source,
        quote.exchange,
        *times,
        *map(iso_time, times),
    )
