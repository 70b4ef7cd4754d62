"""Batches in the tables `clearing_batches`, `clearing_attempts` and `clearing_fills`."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import Select, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from adapters.sql.orders.rows import attempt_of, attempt_values, batch_of, batch_values, fill_of, fill_values
from adapters.sql.orders.tables import ATTEMPTS, BATCHES, FILLS
from adapters.sql.orders.traded import traded_in_postgres, traded_in_sqlite
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
_TRADED = {"sqlite": traded_in_sqlite, "postgresql": traded_in_postgres}


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
        return await _TRADED[self._connection.dialect.name](self._connection, asset, since)

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
        attempts = await self.list_attempts(batch_id)
        return attempts[-1] if attempts else None

    async def list_attempts(self, batch_id: UUID) -> list[Attempt]:
        """Select the attempts, of which there are few."""
        query = select(ATTEMPTS).where(ATTEMPTS.c.batch_id == batch_id).order_by(ATTEMPTS.c.number)
        return [attempt_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def add_fills(self, attempt: Attempt, fills: Sequence[Fill]) -> None:
        """Insert each fill, unless the venue's trade is stored."""
        for fill in fills:
            add = _ADD_FILLS[self._connection.dialect.name]
            if (await self._connection.execute(add, fill_values(attempt, fill))).rowcount != 1:
                await self._check_same(attempt, fill)

    async def list_fills(self, batch_id: UUID) -> list[Fill]:
        """Select the fills."""
        query = select(FILLS).where(FILLS.c.batch_id == batch_id).order_by(FILLS.c.trade_id)
        return [fill_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def _check_same(self, attempt: Attempt, fill: Fill) -> None:
        is_it = (
            FILLS.c.venue == attempt.venue,
            FILLS.c.symbol == attempt.order.symbol,
            FILLS.c.trade_id == fill.trade_id,
        )
        if await self._connection.scalar(select(FILLS.c.batch_id).where(*is_it)) != attempt.batch_id:
            raise FillBelongsToAnotherBatch(f"trade {fill.trade_id} was counted for another batch")

    async def _select(self, query: Select[*tuple[object, ...]]) -> list[Batch]:
        return [batch_of(row) for row in (await self._connection.execute(query)).mappings()]
