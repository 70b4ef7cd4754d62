"""Summaries of each hour's rates, from which candles are made."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.quotes.tables import HOURLY_RATES
from domain.pair import Pair
from domain.quotes.candle import DatedRate, RateSummary
from domain.quotes.quote import RecordedQuote, hour_of

# One by one, each would cost a switch between SQLAlchemy's greenlets, which takes three times as long as reading it.
ROWS_AT_ONCE = 100

_COLUMNS = HOURLY_RATES.c
_KEY = (_COLUMNS.pair, _COLUMNS.hour, _COLUMNS.source)
_ONE_MORE = {"count": _COLUMNS.count + 1}

# Inserts a summary, or adds one to the count of the existing one, and returns it.
_COUNTED = {
    "sqlite": sqlite.insert(HOURLY_RATES).on_conflict_do_update(_KEY, set_=_ONE_MORE).returning(HOURLY_RATES),
    "postgresql": postgresql.insert(HOURLY_RATES)
    .on_conflict_do_update(index_elements=_KEY, set_=_ONE_MORE)
    .returning(HOURLY_RATES),
}


async def add_to_hour(connection: AsyncConnection, recorded: RecordedQuote) -> None:
    """Add a quote to the summary of its hour. The first statement locks the summary against other processes."""
    quote = recorded.quote
    of_quote = RateSummary.of(DatedRate(quote.observed_at, recorded.id, quote.rate))
    key = {"pair": str(quote.pair), "hour": hour_of(quote.observed_at), "source": quote.source}
    counted = _COUNTED[connection.dialect.name]
    kept = _summary((await connection.execute(counted, key | _written(of_quote))).one())
    if kept.count > 1:
        is_of_hour = [column == key[column.name] for column in _KEY]
        both = replace(kept.merged(of_quote), count=kept.count)
        await connection.execute(update(HOURLY_RATES).where(*is_of_hour).values(_written(both)))


async def stream_hours(
    connection: AsyncConnection, pair: Pair, source: str | None, since: int, until: int
) -> AsyncIterator[RateSummary]:
    """Stream the summaries of a pair from the database."""
    query = select(HOURLY_RATES).where(_COLUMNS.pair == str(pair), _COLUMNS.hour >= since, _COLUMNS.hour < until)
    if source is not None:
        query = query.where(_COLUMNS.source == source)
    async with connection.stream(query) as rows:
        async for some in rows.partitions(ROWS_AT_ONCE):
            for row in some:
                yield _summary(row)


def _written(summary: RateSummary) -> dict[str, object]:
    first, last = summary.first, summary.last
    return {
        "first_at": first.observed_at,
        "first_id": first.id,
        "first_rate": str(first.rate),
        "high": str(summary.high),
        "low": str(summary.low),
        "last_at": last.observed_at,
        "last_id": last.id,
        "last_rate": str(last.rate),
        "count": summary.count,
    }


def _summary(row: Row[*tuple[Any, ...]]) -> RateSummary:
    _, _, _, first_at, first_id, first_rate, high, low, last_at, last_id, last_rate, count = row
    first, last = DatedRate(first_at, first_id, Decimal(first_rate)), DatedRate(last_at, last_id, Decimal(last_rate))
    return RateSummary(first, Decimal(high), Decimal(low), last, count)
