"""Publications of reference rates in the table `reference_rates`. Rates are text, so that no database rounds them."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import orjson
from sqlalchemy import Row, func, select
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.rates.tables import REFERENCE_RATES
from adapters.sql.transaction import InTransaction
from application.concurrency.cooperative import yield_to_event_loop
from application.rates.ports.reference_repository import ReferenceRepository
from domain.rates.reference_rates import ReferenceRates

ROWS_PER_SLICE = 5

_COLUMNS = REFERENCE_RATES.c
_KEY = (_COLUMNS.source, _COLUMNS.day)
_SQLITE, _POSTGRES = sqlite.insert(REFERENCE_RATES), postgresql.insert(REFERENCE_RATES)
_PUT = {
    "sqlite": _SQLITE.on_conflict_do_update(_KEY, set_={"rates": _SQLITE.excluded.rates}),
    "postgresql": _POSTGRES.on_conflict_do_update(index_elements=_KEY, set_={"rates": _POSTGRES.excluded.rates}),
}


class SqlReferenceRepository(InTransaction, ReferenceRepository):
    """One row per publication."""

    async def put(self, publications: Sequence[ReferenceRates]) -> None:
        """Insert the rows, or update those that are there."""
        await self._connection.execute(_PUT[self._connection.dialect.name], list(map(_row, publications)))

    async def find_at(self, source: str, day: date) -> ReferenceRates | None:
        """Select the last row up to this day."""
        query = select(REFERENCE_RATES).where(_COLUMNS.source == source, _COLUMNS.day <= day)
        row = (await self._connection.execute(query.order_by(_COLUMNS.day.desc()).limit(1))).one_or_none()
        return None if row is None else _publication(row)

    async def list_between(self, source: str, first: date, last: date, most: int) -> Sequence[ReferenceRates]:
        """Select the rows, and parse them in slices: each takes about a tenth of a millisecond."""
        query = select(REFERENCE_RATES).where(_COLUMNS.source == source, _COLUMNS.day.between(first, last))
        rows = (await self._connection.execute(query.order_by(_COLUMNS.day).limit(most))).all()
        found = []
        for number, row in enumerate(rows, start=1):
            found.append(_publication(row))
            if number % ROWS_PER_SLICE == 0:
                await yield_to_event_loop()
        return found

    async def list_days(self, source: str, since: date) -> Collection[date]:
        """Select the days."""
        query = select(_COLUMNS.day).where(_COLUMNS.source == source, _COLUMNS.day >= since)
        return (await self._connection.execute(query)).scalars().all()

    async def find_first_day(self, source: str) -> date | None:
        """Select the first day."""
        query = select(func.min(_COLUMNS.day)).where(_COLUMNS.source == source)
        first: date | None = (await self._connection.execute(query)).scalar_one()
        return first


def _publication(row: Row[Any]) -> ReferenceRates:
    return ReferenceRates.parse(row.source, str(row.day), orjson.loads(row.rates))


def _row(rates: ReferenceRates) -> dict[str, object]:
    digits = {str(code): str(rate) for code, rate in rates.per_euro.items()}
    return {"source": rates.source, "day": rates.day, "rates": orjson.dumps(digits).decode()}
