"""Hourly tables in the table `hourly_tables`, each in one row.

The rates are compressed JSON: for each exchange its name, the moment, and one text of codes and digits, such as
`BTC 97058.925 ETH 3103.885`. Digits are stored as they are, so that nothing rounds them.
"""

import zlib
from collections.abc import Collection, Container, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain, groupby
from typing import Any

import orjson
from sqlalchemy import Select, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.quotes.tables import HOURLY_TABLES
from adapters.sql.transaction import InTransaction
from application.quotes.ports.hourly_tables import HourlyTables
from domain.currency import Currency
from domain.quotes.hourly_table import HourlyTable, TableRate

# A table of 5000 currencies has a tenth of it.
MAX_DECODED_BYTES = 2**21
LEVEL = 9

_COLUMNS = HOURLY_TABLES.c
_ADD = {
    "sqlite": sqlite.insert(HOURLY_TABLES).on_conflict_do_nothing().returning(_COLUMNS.hour),
    "postgresql": postgresql.insert(HOURLY_TABLES).on_conflict_do_nothing().returning(_COLUMNS.hour),
}


class SqlHourlyTables(InTransaction, HourlyTables):
    """One row per hour."""

    async def add(self, table: HourlyTable) -> bool:
        """Insert the row, unless there is one."""
        row = {"hour": table.hour, "base": table.base, "rates": encoded(table.rates)}
        added = await self._connection.execute(_ADD[self._connection.dialect.name], row)
        return added.one_or_none() is not None

    async def has(self, hour: int) -> bool:
        """Look for the row."""
        found = await self._connection.execute(select(_COLUMNS.hour).where(_COLUMNS.hour == hour))
        return found.one_or_none() is not None

    async def find_last(self, at: int) -> Sequence[HourlyTable]:
        """Select the two rows."""
        return await self._first(2, select(HOURLY_TABLES).where(_COLUMNS.hour <= at).order_by(_COLUMNS.hour.desc()))

    async def find_around(self, at: int, count: int, currencies: Collection[Currency]) -> Sequence[HourlyTable]:
        """Select the rows of each side."""
        before = select(HOURLY_TABLES).where(_COLUMNS.hour <= at).order_by(_COLUMNS.hour.desc())
        after = select(HOURLY_TABLES).where(_COLUMNS.hour > at).order_by(_COLUMNS.hour)
        wanted = frozenset(currencies)
        return [*await self._first(count, before, wanted), *await self._first(count, after, wanted)]

    async def list_hours(self, until: int) -> Sequence[int]:
        """Select the hours, which the primary key has."""
        return (await self._connection.execute(select(_COLUMNS.hour).where(_COLUMNS.hour < until))).scalars().all()

    async def delete(self, hours: Collection[int]) -> None:
        """Delete the rows."""
        await self._connection.execute(delete(HOURLY_TABLES).where(_COLUMNS.hour.in_(hours)))

    async def _first(self, count: int, query: Select[Any], wanted: Container[str] | None = None) -> list[HourlyTable]:
        rows = await self._connection.execute(query.limit(count))
        return [HourlyTable(row.hour, Currency(row.base), decoded(row.rates, wanted)) for row in rows]


def encoded(rates: Mapping[Currency, TableRate]) -> bytes:
    """Write the rates."""
    ordered = sorted(rates.items(), key=lambda item: (item[1].exchange, item[1].observed_at, item[0]))
    groups = [
        [exchange, observed_at, " ".join(chain.from_iterable((code, str(each.rate)) for code, each in group))]
        for (exchange, observed_at), group in groupby(ordered, key=lambda item: (item[1].exchange, item[1].observed_at))
    ]
    return zlib.compress(orjson.dumps(groups), LEVEL)


def decoded(written: bytes, wanted: Container[str] | None = None) -> dict[Currency, TableRate]:
    """Read them, or the wanted ones alone, which takes a fraction of the time."""
    groups = orjson.loads(zlib.decompressobj().decompress(written, MAX_DECODED_BYTES))
    return {
        Currency(code): TableRate(Decimal(digits), exchange, observed_at)
        for exchange, observed_at, text in groups
        for code, digits in _pairs(text)
        if wanted is None or code in wanted
    }


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    words = text.split(" ")
    return zip(words[::2], words[1::2], strict=True)
