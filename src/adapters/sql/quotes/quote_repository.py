"""Quotes in a table that is only ever added to. A rate is kept as text, so that no database rounds it."""

from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Row,
    Select,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError

from adapters.sql.quotes.tables import QUOTES
from adapters.sql.transaction import InTransaction
from application.quotes.ports.quote_repository import Position, QuoteFilter, QuoteRepository
from domain.pair import Pair, Side
from domain.quotes.quote import PricedLeg, Quote, RecordedQuote

_COLUMNS = QUOTES.c
_SIDES = {side.value: side for side in Side}
_NEWEST_FIRST = (_COLUMNS.observed_at.desc(), _COLUMNS.id.desc())


def _newest_of(wanted: TableValuedAlias) -> Select[*tuple[Any, ...]]:
    newer = QUOTES.alias("newer")
    of_pair = select(newer.c.id).where(newer.c.pair == wanted.c.value).correlate(wanted)
    newest = of_pair.order_by(newer.c.observed_at.desc(), newer.c.id.desc()).limit(1).scalar_subquery()
    return select(QUOTES).select_from(wanted.join(QUOTES, _COLUMNS.id == newest))


# The pairs go in as one text, so that the statement is the same, and made ready once, however many they are.
_PAIRS = bindparam("pairs", type_=Text)
_NEWEST_OF = {
    "sqlite": _newest_of(func.json_each(_PAIRS).table_valued("value", name="wanted")),
    "postgresql": _newest_of(
        func.json_array_elements_text(cast(_PAIRS, JSON)).table_valued("value").render_derived("wanted")
    ),
}


class SqlQuoteRepository(InTransaction, QuoteRepository):
    """One row a quote; the route, which nobody searches, stands in one column as JSON."""

    async def add(self, quote: Quote, recorded_at: int) -> RecordedQuote:
        """Keep a quote."""
        added = await self._connection.execute(insert(QUOTES).returning(_COLUMNS.id), _row(quote, recorded_at, None))
        return RecordedQuote(added.scalar_one(), quote, recorded_at, None)

    async def add_for_hour(self, quote: Quote, recorded_at: int, hour: int) -> RecordedQuote | None:
        """Keep a quote, unless the index says that its hour has one."""
        try:
            async with self._connection.begin_nested():
                added = await self._connection.execute(
                    insert(QUOTES).returning(_COLUMNS.id), _row(quote, recorded_at, hour)
                )
        except IntegrityError:
            return None
        return RecordedQuote(added.scalar_one(), quote, recorded_at, hour)

    async def find_by_hour(self, pair: Pair, hour: int) -> RecordedQuote | None:
        """Return a quote of this hour."""
        return await self._first(select(QUOTES).where(_COLUMNS.pair == str(pair), _COLUMNS.hour == hour))

    async def find_newest(self, pairs: Sequence[Pair]) -> dict[Pair, RecordedQuote]:
        """Return the newest quotes, by a look into the index for each pair."""
        asked = _NEWEST_OF[self._connection.dialect.name]
        rows = await self._connection.execute(asked, {"pairs": orjson.dumps([str(pair) for pair in pairs]).decode()})
        return {recorded.quote.pair: recorded for recorded in map(_recorded, rows)}

    async def find_last_by_hand(self, pair: Pair) -> RecordedQuote | None:
        """Return the last one that stands for no hour."""
        by_hand = select(QUOTES).where(_COLUMNS.pair == str(pair), _COLUMNS.hour.is_(None))
        return await self._first(by_hand.order_by(_COLUMNS.id.desc()))

    async def list_page(self, chosen: QuoteFilter, before: Position | None, limit: int) -> list[RecordedQuote]:
        """Return quotes from a position on, which an index leads to however many there are."""
        asked = select(QUOTES).where(*_conditions(chosen)).order_by(*_NEWEST_FIRST).limit(limit)
        if before is not None:
            asked = asked.where(tuple_(_COLUMNS.observed_at, _COLUMNS.id) < tuple_(*before))
        return [_recorded(row) for row in await self._connection.execute(asked)]

    async def stream_rates(self, chosen: QuoteFilter) -> AsyncIterator[tuple[int, Decimal]]:
        """Yield rates as the database sends them."""
        oldest_first = (_COLUMNS.observed_at, _COLUMNS.id)
        asked = select(_COLUMNS.observed_at, _COLUMNS.rate).where(*_conditions(chosen)).order_by(*oldest_first)
        async with self._connection.stream(asked) as rows:
            async for observed_at, rate in rows:
                yield observed_at, Decimal(rate)

    async def _first(self, asked: Select[*tuple[object, ...]]) -> RecordedQuote | None:
        row = (await self._connection.execute(asked.limit(1))).one_or_none()
        return _recorded(row) if row is not None else None


def _conditions(chosen: QuoteFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if chosen.pair is not None:
        conditions.append(_COLUMNS.pair == str(chosen.pair))
    if chosen.source is not None:
        conditions.append(_COLUMNS.source == chosen.source)
    if chosen.since is not None:
        conditions.append(_COLUMNS.observed_at >= chosen.since)
    if chosen.until is not None:
        conditions.append(_COLUMNS.observed_at < chosen.until)
    return conditions


def _row(quote: Quote, recorded_at: int, hour: int | None) -> dict[str, object]:
    return {
        "pair": str(quote.pair),
        "rate": str(quote.rate),
        "source": quote.source,
        "observed_at": quote.observed_at,
        "recorded_at": recorded_at,
        "hour": hour,
        "route": orjson.dumps([_written(leg) for leg in quote.legs]).decode() if quote.legs else None,
    }


def _written(leg: PricedLeg) -> list[object]:
    return [leg.exchange, leg.symbol, leg.side, str(leg.price), leg.observed_at]


def _recorded(row: Row[*tuple[Any, ...]]) -> RecordedQuote:
    # Taken apart rather than asked by name, and with each pair read once: a page has a thousand rows.
    number, pair, rate, source, observed_at, recorded_at, hour, route = row
    legs = tuple(map(_leg, orjson.loads(route))) if route else ()
    return RecordedQuote(number, Quote(_pair(pair), Decimal(rate), source, observed_at, legs), recorded_at, hour)


def _leg(written: list[Any]) -> PricedLeg:
    exchange, symbol, side, price, observed_at = written
    return PricedLeg(exchange, symbol, _SIDES[side], Decimal(price), observed_at)


@lru_cache(maxsize=1024)
def _pair(text: str) -> Pair:
    return Pair.parse(text)
