"""Quotes in an append-only table. Rates are text, so that no database rounds them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Row,
    Select,
    TableValuedAlias,
    Text,
    and_,
    bindparam,
    cast,
    func,
    insert,
    select,
    tuple_,
)
from sqlalchemy.exc import IntegrityError

from adapters.sql.quotes.hourly_rates import add_to_hour, stream_hours
from adapters.sql.quotes.tables import QUOTES
from adapters.sql.transaction import InTransaction
from application.concurrency.cooperative import begin_slice, slice_is_over, yield_to_event_loop
from application.quotes.ports.quote_repository import Position, QuoteFilter, QuoteRepository
from domain.pair import Pair, Side
from domain.quotes.candle import RateSummary
from domain.quotes.quote import PricedLeg, Quote, RecordedQuote

_COLUMNS = QUOTES.c
_SIDES = {side.value: side for side in Side}
_NEWEST_FIRST = (_COLUMNS.observed_at.desc(), _COLUMNS.id.desc())


# Later than every quote.
_NEVER = 2**62


_BY = bindparam("by", type_=BigInteger)
_AFTER = bindparam("after", type_=BigInteger)


def _select_newest(wanted: TableValuedAlias) -> Select[*tuple[Any, ...]]:
    """Select each pair's last quote by a moment: the last one in the order of (pair, observed_at, id) up to that.

    With a condition on the pair alone, Postgres may walk through the quotes of all pairs, from the newest on, until one
    is of this pair, which may be years away.
    """
    newer = QUOTES.alias("newer")
    up_to_then = tuple_(newer.c.pair, newer.c.observed_at) <= tuple_(wanted.c.value, _BY)
    last_first = newer.c.pair.desc(), newer.c.observed_at.desc(), newer.c.id.desc()
    newest = select(newer.c.id).where(up_to_then).correlate(wanted).order_by(*last_first).limit(1).scalar_subquery()
    return select(QUOTES).select_from(
        wanted.join(QUOTES, and_(_COLUMNS.id == newest, _COLUMNS.pair == wanted.c.value)),
    )


def _select_next(wanted: TableValuedAlias) -> Select[*tuple[Any, ...]]:
    """Select likewise each pair's first quote after a moment."""
    later = QUOTES.alias("later")
    from_then = tuple_(later.c.pair, later.c.observed_at) > tuple_(wanted.c.value, _AFTER)
    first = select(later.c.id).where(from_then).correlate(wanted)
    first = first.order_by(later.c.pair, later.c.observed_at, later.c.id).limit(1)
    return select(QUOTES).select_from(
        wanted.join(QUOTES, and_(_COLUMNS.id == first.scalar_subquery(), _COLUMNS.pair == wanted.c.value))
    )


def _select_of(wanted: TableValuedAlias, *, is_newest: bool) -> Select[*tuple[Any, ...]]:
    """Select likewise the last or first quotes of a period, of those whose route has legs of one exchange alone."""
    other = QUOTES.alias("other")
    of_others = func.replace(other.c.route, bindparam("leg", type_=Text), "-")  # in which no other leg begins
    is_of_it = and_(of_others != other.c.route, of_others.not_like('%["%'))
    in_time = other.c.observed_at.between(bindparam("since", type_=BigInteger), _BY)
    found = select(other.c.id).where(other.c.pair == wanted.c.value, in_time, is_of_it).correlate(wanted)
    order = other.c.observed_at, other.c.id
    found = found.order_by(*((column.desc() for column in order) if is_newest else order)).limit(1)
    return select(QUOTES).select_from(wanted.join(QUOTES, _COLUMNS.id == found.scalar_subquery()))


# The pairs are one JSON parameter, so that the statement is the same, and prepared once, for any number of them.
_PAIRS = bindparam("pairs", type_=Text)
_WANTED = {
    "sqlite": func.json_each(_PAIRS).table_valued("value", name="wanted"),
    "postgresql": func.json_array_elements_text(cast(_PAIRS, JSON)).table_valued("value").render_derived("wanted"),
}
_SELECT_NEWEST = {dialect: _select_newest(wanted) for dialect, wanted in _WANTED.items()}
_SELECT_NEXT = {dialect: _select_next(wanted) for dialect, wanted in _WANTED.items()}
_SELECT_NEWEST_OF = {dialect: _select_of(wanted, is_newest=True) for dialect, wanted in _WANTED.items()}
_SELECT_NEXT_OF = {dialect: _select_of(wanted, is_newest=False) for dialect, wanted in _WANTED.items()}


class SqlQuoteRepository(InTransaction, QuoteRepository):
    """One row per quote; the route, which is never queried, is a JSON column."""

    async def add(self, quote: Quote, recorded_at: int) -> RecordedQuote:
        """Insert the quote."""
        recorded = await self._inserted(quote, recorded_at, None)
        await add_to_hour(self._connection, recorded)
        return recorded

    async def add_for_hour(self, quote: Quote, recorded_at: int, hour: int) -> RecordedQuote | None:
        """Insert the quote, unless the unique index rejects it."""
        try:
            async with self._connection.begin_nested():
                recorded = await self._inserted(quote, recorded_at, hour)
        except IntegrityError:
            return None
        await add_to_hour(self._connection, recorded)
        return recorded

    async def find_by_hour(self, pair: Pair, hour: int) -> RecordedQuote | None:
        """Select a quote of this hour."""
        return await self._first(select(QUOTES).where(_COLUMNS.pair == str(pair), _COLUMNS.hour == hour))

    async def find_newest(self, pairs: Sequence[Pair], by: int | None = None) -> dict[Pair, RecordedQuote]:
        """Select the newest quotes, with one index lookup per pair."""
        return await self._of_pairs(_SELECT_NEWEST, pairs, by=_NEVER if by is None else by)

    async def find_newest_of(
        self, exchange: str, pairs: Sequence[Pair], since: int, by: int
    ) -> dict[Pair, RecordedQuote]:
        """Select the newest quotes of one exchange."""
        return await self._of_pairs(_SELECT_NEWEST_OF, pairs, leg=_beginning_of_leg(exchange), since=since, by=by)

    async def find_next(self, pairs: Sequence[Pair], after: int) -> dict[Pair, RecordedQuote]:
        """Select the first quotes after a moment, with one index lookup per pair."""
        return await self._of_pairs(_SELECT_NEXT, pairs, after=after)

    async def find_next_of(
        self, exchange: str, pairs: Sequence[Pair], after: int, until: int
    ) -> dict[Pair, RecordedQuote]:
        """Select the first quotes of one exchange after a moment."""
        return await self._of_pairs(_SELECT_NEXT_OF, pairs, leg=_beginning_of_leg(exchange), since=after + 1, by=until)

    async def _of_pairs(
        self, queries: Mapping[str, Select[*tuple[Any, ...]]], pairs: Sequence[Pair], **chosen: int | str
    ) -> dict[Pair, RecordedQuote]:
        wanted = {"pairs": orjson.dumps([str(pair) for pair in pairs]).decode(), **chosen}
        rows = await self._connection.execute(queries[self._connection.dialect.name], wanted)
        return {recorded.quote.pair: recorded for recorded in map(_recorded, rows)}

    async def find_last_on_request(self, pair: Pair) -> RecordedQuote | None:
        """Select the last quote without an hour."""
        on_request = select(QUOTES).where(_COLUMNS.pair == str(pair), _COLUMNS.hour.is_(None))
        return await self._first(on_request.order_by(_COLUMNS.id.desc()))

    async def list_page(self, filter_: QuoteFilter, before: Position | None, limit: int) -> list[RecordedQuote]:
        """Select quotes from a position on, which an index finds."""
        query = select(QUOTES).where(*_conditions(filter_)).order_by(*_NEWEST_FIRST).limit(limit)
        if before is not None:
            query = query.where(tuple_(_COLUMNS.observed_at, _COLUMNS.id) < tuple_(*before))
        found: list[RecordedQuote] = []
        rows = (await self._connection.execute(query)).all()
        begin_slice()
        for row in rows:
            if slice_is_over():
                await yield_to_event_loop()
            found.append(_recorded(row))
        return found

    async def fingerprint(self, filter_: QuoteFilter) -> str:
        """Count the rows, of which none is ever changed, and name the last one."""
        query = select(func.count(), func.max(_COLUMNS.id)).where(*_conditions(filter_))
        count, last_id = (await self._connection.execute(query)).one()
        return f"{count} {last_id}"

    def stream_hours(self, pair: Pair, source: str | None, since: int, until: int) -> AsyncIterator[RateSummary]:
        """Stream the summaries from the database."""
        return stream_hours(self._connection, pair, source, since, until)

    async def _inserted(self, quote: Quote, recorded_at: int, hour: int | None) -> RecordedQuote:
        row = _row(quote, recorded_at, hour)
        added = await self._connection.execute(insert(QUOTES).returning(_COLUMNS.id), row)
        return RecordedQuote(added.scalar_one(), quote, recorded_at, hour)

    async def _first(self, query: Select[*tuple[object, ...]]) -> RecordedQuote | None:
        row = (await self._connection.execute(query.limit(1))).one_or_none()
        return _recorded(row) if row is not None else None


def _beginning_of_leg(exchange: str) -> str:
    return orjson.dumps([exchange]).decode().removesuffix("]") + ","


def _conditions(filter_: QuoteFilter) -> list[ColumnElement[bool]]:
    conditions = []
    if filter_.pair is not None:
        conditions.append(_COLUMNS.pair == str(filter_.pair))
    if filter_.source is not None:
        conditions.append(_COLUMNS.source == filter_.source)
    if filter_.since is not None:
        conditions.append(_COLUMNS.observed_at >= filter_.since)
    if filter_.until is not None:
        conditions.append(_COLUMNS.observed_at < filter_.until)
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
    published = [] if leg.published is None else [leg.published.isoformat()]
    return [leg.exchange, leg.symbol, leg.side, str(leg.price), leg.observed_at, *published]


def _recorded(row: Row[*tuple[Any, ...]]) -> RecordedQuote:
    # Unpacked instead of read by name, and with cached pairs, for speed: a page has up to a thousand rows.
    number, pair, rate, source, observed_at, recorded_at, hour, route = row
    legs = tuple(map(_leg, orjson.loads(route))) if route else ()
    return RecordedQuote(number, Quote(_pair(pair), Decimal(rate), source, observed_at, legs), recorded_at, hour)


def _leg(written: list[Any]) -> PricedLeg:
    exchange, symbol, side, price, observed_at, *published = written
    return PricedLeg(exchange, symbol, _SIDES[side], Decimal(price), observed_at, *map(date.fromisoformat, published))


@lru_cache(maxsize=1024)
def _pair(text: str) -> Pair:
    return Pair.parse(text)
