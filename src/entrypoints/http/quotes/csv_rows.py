"""Quotes and candles as rows of CSV."""

from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

from domain.decimals import plain
from domain.quotes.candle import Candle
from domain.quotes.quote import RecordedQuote

T = TypeVar("T")

COLUMNS = ("id", "pair", "rate", "source", "exchange", "observed_at", "recorded_at", "hour")
CANDLE_COLUMNS = ("opened_at", "open", "high", "low", "close", "count")


async def quote_rows(quotes: AsyncIterator[RecordedQuote]) -> AsyncIterator[Sequence[object]]:
    """Return a row for each quote."""
    async for recorded in quotes:
        quote = recorded.quote
        yield (
            recorded.id,
            quote.pair,
            plain(quote.rate),
            quote.source,
            quote.exchange,
            quote.observed_at,
            recorded.recorded_at,
            recorded.hour,
        )


async def candle_rows(candles: Sequence[Candle]) -> AsyncIterator[Sequence[object]]:
    """Return a row for each candle."""
    for candle in candles:
        rates = (candle.open, candle.high, candle.low, candle.close)
        yield (candle.opened_at, *map(plain, rates), candle.count)


async def each(items: Sequence[T]) -> AsyncIterator[T]:
    """Return the items one by one."""
    for item in items:
        yield item
