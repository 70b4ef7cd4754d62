"""Batches in the tables `clearing_batches`, `clearing_attempts` and `clearing_fills`."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import RowMapping, Select, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.orders.batch_costs import batch_costs_in_postgres, batch_costs_in_sqlite
from adapters.sql.orders.rows import attempt_of, attempt_values, batch_of, batch_values, fill_of, fill_values
from adapters.sql.orders.tables import ATTEMPTS, BATCHES, FILLS
from adapters.sql.transaction import InTransaction
from application.concurrency.ports.leases import CLOCK_TOLERANCE_SECONDS
from application.orders.ports.batches import Batches
from domain.currency import Currency
from domain.orders.attempt import Attempt
from domain.orders.batch import Batch, BatchStatus
from domain.orders.errors import ClaimLost, FillBelongsToAnotherBatch
from domain.orders.venue_order import Fill

_IS_UNFINISHED = BATCHES.c.status != BatchStatus.DONE.value

_ADD = {
    "sqlite": sqlite.insert(BATCHES).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(BATCHES).on_conflict_do_nothing(),
}
_ADD_FILLS = {
    "sqlite": sqlite.insert(FILLS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(FILLS).on_conflict_do_nothing(),
}
# Each is nine parameters of a statement, which has at most 32,767.
_FILLS_AT_ONCE = 1000
_BATCH_COSTS = {"sqlite": batch_costs_in_sqlite, "postgresql": batch_costs_in_postgres}


T = TypeVar("T")


class SqlBatches(InTransaction, Batches):
    """A unique index over the batches that are not done lets an asset have only one of them."""

    async def add(self, batch: Batch) -> bool:
        """Insert the batch, or nothing."""
        row = {**batch_values(batch), "claimed_at": 0.0, "claimed_until": 0.0}
        inserted = await self._connection.execute(_ADD[self._connection.dialect.name], row)
        return inserted.rowcount == 1

    async def find(self, batch_id: UUID) -> Batch | None:
        """Select the batch."""
        found = await self._select(select(BATCHES).where(BATCHES.c.id == batch_id))
        return found[0] if found else None

    async def list_unfinished(self) -> list[Batch]:
        """Select by the index of those."""
        return await self._select(select(BATCHES).where(_IS_UNFINISHED).order_by(BATCHES.c.sequence))

    async def list_newest(self, before: UUID | None, limit: int) -> list[Batch]:
        """Select a page."""
        query = select(BATCHES).order_by(BATCHES.c.sequence.desc()).limit(limit)
        if before is not None:
            last = select(BATCHES.c.sequence).where(BATCHES.c.id == before).scalar_subquery()
            query = query.where(BATCHES.c.sequence < last)
        return await self._select(query)

    async def list_some(self, batch_ids: Collection[UUID]) -> list[Batch]:
        """Select the batches."""
        return await self._select(select(BATCHES).where(BATCHES.c.id.in_(batch_ids)).order_by(BATCHES.c.sequence))

    async def find_last_done(self, asset: Currency) -> Batch | None:
        """Select by the index."""
        query = select(BATCHES).where(BATCHES.c.asset == str(asset), BATCHES.c.finished_at.is_not(None))
        found = await self._select(query.order_by(BATCHES.c.finished_at.desc()).limit(1))
        return found[0] if found else None

    async def traded_since(self, asset: Currency, since: float) -> tuple[int, int]:
        """Add them up by one statement."""
        return await _BATCH_COSTS[self._connection.dialect.name](self._connection, asset, since)

    async def claim(self, batch_id: UUID, worker: str, now: float, until: float) -> Batch | None:
        """Update the row, by a statement that finds none while another claim lasts."""
        is_free = or_(BATCHES.c.claimed_until <= now, BATCHES.c.claimed_at > now + CLOCK_TOLERANCE_SECONDS)
        claim = {"claimed_by": worker[:64], "claimed_at": now, "claimed_until": until, "token": BATCHES.c.token + 1}
        change = update(BATCHES).where(BATCHES.c.id == batch_id, _IS_UNFINISHED, is_free).values(claim)
        row = (await self._connection.execute(change.returning(BATCHES))).mappings().one_or_none()
        return None if row is None else batch_of(row)

    async def save(self, batch: Batch, *, release: bool = True) -> None:
        """Update the row, by a statement that finds none after another claim."""
        values = batch_values(batch)
        if release:
            values["claimed_until"] = 0.0
        change = update(BATCHES).where(BATCHES.c.id == batch.id, BATCHES.c.token == batch.token).values(values)
        if (await self._connection.execute(change)).rowcount != 1:
            raise ClaimLost("another worker has taken the batch over")

    async def add_attempt(self, attempt: Attempt) -> None:
        """Insert the attempt."""
        await self._connection.execute(insert(ATTEMPTS), attempt_values(attempt))

    async def save_attempt(self, attempt: Attempt) -> None:
        """Update what changes."""
        is_it = ATTEMPTS.c.batch_id == attempt.batch_id, ATTEMPTS.c.number == attempt.number
        changed = {"outcome": attempt.outcome.value, "venue_order_id": attempt.venue_order_id, "reason": attempt.reason}
        await self._connection.execute(update(ATTEMPTS).where(*is_it).values(changed))

    async def last_attempt(self, batch_id: UUID) -> Attempt | None:
        """Select the attempt with the highest number."""
        query = select(ATTEMPTS).where(ATTEMPTS.c.batch_id == batch_id).order_by(ATTEMPTS.c.number.desc()).limit(1)
        row = (await self._connection.execute(query)).mappings().one_or_none()
        return None if row is None else attempt_of(row)

    async def list_attempts(self, batch_id: UUID) -> list[Attempt]:
        """Select the attempts, of which there are few."""
        query = select(ATTEMPTS).where(ATTEMPTS.c.batch_id == batch_id).order_by(ATTEMPTS.c.number)
        return [attempt_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def list_attempts_of(self, batch_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Attempt]]:
        """Select the attempts of all of them."""
        query = select(ATTEMPTS).where(ATTEMPTS.c.batch_id.in_(batch_ids)).order_by(ATTEMPTS.c.number)
        return await self._by_batch(query, attempt_of)

    async def has_pending(self, venue: str) -> bool:
        """Look into the index of those."""
        is_pending = ATTEMPTS.c.venue == venue, ATTEMPTS.c.outcome == text("'pending'")
        return await self._connection.scalar(select(ATTEMPTS.c.number).where(*is_pending).limit(1)) is not None

    async def add_fills(self, attempt: Attempt, fills: Sequence[Fill]) -> None:
        """Insert them, and look whose those are that were stored before."""
        for start in range(0, len(fills), _FILLS_AT_ONCE):
            chunk = fills[start : start + _FILLS_AT_ONCE]
            add = _ADD_FILLS[self._connection.dialect.name].values([fill_values(attempt, fill) for fill in chunk])
            added = await self._connection.execute(add)
            if added.rowcount != len(chunk):
                await self._check_same(attempt, chunk)

    async def list_fills_of(self, batch_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Fill]]:
        """Select the fills of all of them."""
        query = select(FILLS).where(FILLS.c.batch_id.in_(batch_ids)).order_by(FILLS.c.trade_id)
        return await self._by_batch(query, fill_of)

    async def list_traded(self, finished_since: float, after: UUID | None, limit: int) -> list[Batch]:
        """Select by the indexes of unfinished batches, and of times at which batches were finished."""
        is_settling = _IS_UNFINISHED & (BATCHES.c.status == BatchStatus.SETTLING.value)
        query = select(BATCHES).where(or_(is_settling, BATCHES.c.finished_at > finished_since))
        if after is not None:
            last = select(BATCHES.c.sequence).where(BATCHES.c.id == after).scalar_subquery()
            query = query.where(BATCHES.c.sequence > last)
        return await self._select(query.order_by(BATCHES.c.sequence).limit(limit))

    async def _check_same(self, attempt: Attempt, fills: Sequence[Fill]) -> None:
        is_one = (
            FILLS.c.venue == attempt.venue,
            FILLS.c.symbol == attempt.order.symbol,
            FILLS.c.trade_id.in_([fill.trade_id for fill in fills]),
        )
        others = select(FILLS.c.trade_id).where(*is_one, FILLS.c.batch_id != attempt.batch_id).limit(1)
        trade_id = await self._connection.scalar(others)
        if trade_id is not None:
            raise FillBelongsToAnotherBatch(f"trade {trade_id} was counted for another batch")

    async def _by_batch(
        self, query: Select[*tuple[object, ...]], read: Callable[[RowMapping], T]
    ) -> Mapping[UUID, Sequence[T]]:
        found: defaultdict[UUID, list[T]] = defaultdict(list)
        for row in (await self._connection.execute(query)).mappings():
            found[row["batch_id"]].append(read(row))
        return found

    async def _select(self, query: Select[*tuple[object, ...]]) -> list[Batch]:
        return [batch_of(row) for row in (await self._connection.execute(query)).mappings()]
