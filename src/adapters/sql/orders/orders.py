"""Orders in the tables `orders` and `order_parts`."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, insert, select, update

from adapters.sql.driver_statement import DriverStatement
from adapters.sql.orders.beyond_band import sequences_beyond
from adapters.sql.orders.queue import (
    IS_BATCHED,
    IS_QUEUED,
    batch_in_postgres,
    batch_in_sqlite,
    count_larger,
    oldest_queued,
    queues,
)
from adapters.sql.orders.rows import NEW_ORDER, changed_order_values, order_of, order_values, part_of, part_values
from adapters.sql.orders.tables import BATCHES, CLEARING_ASSETS, ORDERS, PARTS
from adapters.sql.transaction import InTransaction
from application.orders.ports.orders import Bounds, Orders, Queue
from domain.currency import Currency
from domain.orders.allocation import Wanted
from domain.orders.order import Order, OrderStatus, Part
from domain.orders.price_band import PriceBand

_IS_CLEARED_SO = exists().where(
    CLEARING_ASSETS.c.code == bindparam("buy"), CLEARING_ASSETS.c.clear_with == bindparam("clear_with")
)
_NEW = select(*(bindparam(name, type_=ORDERS.c[name].type) for name in NEW_ORDER)).where(_IS_CLEARED_SO)
_ADD = DriverStatement(insert(ORDERS).from_select(NEW_ORDER, _NEW))
_SELECT = select(ORDERS, BATCHES.c.placing_at, BATCHES.c.venue).outerjoin(BATCHES, BATCHES.c.id == ORDERS.c.batch_id)
_BATCH = {"sqlite": batch_in_sqlite, "postgresql": batch_in_postgres}
_IS_PLACING = BATCHES.c.placing_at.is_not(None)


class SqlOrders(InTransaction, Orders):
    """Postgres locks the rows of orders; SQLite has one writer at a time."""

    async def add(self, order: Order, clear_with: Currency) -> bool:
        """Insert the order by a statement that looks at the asset."""
        return await _ADD.execute(self._connection, order_values(order) | {"clear_with": str(clear_with)}) == 1

    async def find(self, user_id: UUID, order_id: UUID, *, for_change: bool = False) -> Order | None:
        """Select the order."""
        query = _SELECT.where(ORDERS.c.id == order_id, ORDERS.c.user_id == user_id)
        found = await self._select(query.with_for_update(of=ORDERS) if for_change else query)
        return found[0] if found else None

    async def find_of_anyone(self, order_id: UUID, *, for_change: bool = False) -> Order | None:
        """Select the order."""
        query = _SELECT.where(ORDERS.c.id == order_id)
        found = await self._select(query.with_for_update(of=ORDERS) if for_change else query)
        return found[0] if found else None

    async def list_by_user(
        self, user_id: UUID, status: OrderStatus | None, before: UUID | None, limit: int
    ) -> list[Order]:
        """Select by the index of a user's orders."""
        query = _SELECT.where(ORDERS.c.user_id == user_id)
        if status is not None:
            query = _with_status(query, status)
        if before is not None:
            last = select(ORDERS.c.sequence).where(ORDERS.c.id == before, ORDERS.c.user_id == user_id)
            query = query.where(ORDERS.c.sequence < last.scalar_subquery())
        return await self._select(query.order_by(ORDERS.c.sequence.desc()).limit(limit))

    async def save(self, orders: Collection[Order]) -> None:
        """Update the rows."""
        if not orders:
            return
        rows = [changed_order_values(order) for order in orders]
        change = update(ORDERS).where(ORDERS.c.id == bindparam("of_order"))
        change = change.values({name: bindparam(f"new_{name}") for name in rows[0]})
        values = [
            {"of_order": order.id, **{f"new_{name}": value for name, value in row.items()}}
            for order, row in zip(orders, rows, strict=True)
        ]
        await self._connection.execute(change, values)

    async def queues(self) -> list[Queue]:
        """Sum what is queued."""
        return await queues(self._connection)

    async def oldest_queued(self, assets: Collection[Currency], limit: int) -> list[Queue]:
        """Sum what is read of the index of open orders."""
        return await oldest_queued(self._connection, assets, limit)

    async def lock_queued_before(self, asset: Currency, created_before: float, limit: int) -> list[Order]:
        """Select the rows, and lock those that nobody else has locked."""
        query = _SELECT.where(ORDERS.c.buy == str(asset), *IS_QUEUED, ORDERS.c.created_at < created_before)
        query = query.order_by(ORDERS.c.sequence).limit(limit)
        return await self._select(query.with_for_update(of=ORDERS, skip_locked=True))

    async def lock_queued_beyond(self, asset: Currency, band: PriceBand, limit: int) -> list[Order]:
        """Find them, then lock those that are still queued and that nobody else has locked."""
        queued = ORDERS.c.buy == str(asset), *IS_QUEUED
        sequences = await sequences_beyond(self._connection, queued, band, limit)
        query = _SELECT.where(ORDERS.c.sequence.in_(sequences), *queued).order_by(ORDERS.c.sequence)
        return await self._select(query.with_for_update(of=ORDERS, skip_locked=True)) if sequences else []

    async def count_larger(self, asset: Currency, units: int) -> int:
        """Count by the index of open orders."""
        return await count_larger(self._connection, asset, units)

    async def has_beyond(self, asset: Currency, batch_id: UUID | None, band: PriceBand) -> bool:
        """Look for one."""
        where = (*IS_QUEUED,) if batch_id is None else (ORDERS.c.batch_id == batch_id, *IS_BATCHED)
        return bool(await sequences_beyond(self._connection, (ORDERS.c.buy == str(asset), *where), band, 1))

    async def batch_queued(self, asset: Currency, batch_id: UUID, now: float, bounds: Bounds) -> tuple[int, int, int]:
        """Update the rows."""
        batch = _BATCH[self._connection.dialect.name]
        return await batch(self._connection, asset, batch_id, now, bounds)

    async def wanted_in_batch(self, batch_id: UUID) -> Sequence[Wanted]:
        """Select three columns."""
        query = select(ORDERS.c.sequence, ORDERS.c.amount, ORDERS.c.filled)
        rows = await self._connection.execute(query.where(*_is_open_in(batch_id)))
        return [Wanted(sequence, amount - filled) for sequence, amount, filled in rows]

    async def lock_in_batch(self, batch_id: UUID, limit: int) -> list[Order]:
        """Select and lock the rows."""
        query = _SELECT.where(*_is_open_in(batch_id)).order_by(ORDERS.c.sequence)
        return await self._select(query.limit(limit).with_for_update(of=ORDERS))

    async def add_parts(self, parts: Collection[Part]) -> None:
        """Insert the parts."""
        if parts:
            await self._connection.execute(insert(PARTS), [part_values(part) for part in parts])

    async def list_parts(self, order_id: UUID) -> list[Part]:
        """Select the parts in the order of their batches: one is settled before the next of the asset is formed."""
        query = select(PARTS).join(BATCHES, BATCHES.c.id == PARTS.c.batch_id).where(PARTS.c.order_id == order_id)
        query = query.order_by(BATCHES.c.sequence)
        return [part_of(row) for row in (await self._connection.execute(query)).mappings()]

    async def _select(self, query: Select[*tuple[object, ...]]) -> list[Order]:
        return [order_of(row) for row in (await self._connection.execute(query)).mappings()]


def _is_open_in(batch_id: UUID) -> tuple[ColumnElement[bool], ...]:
    asset = select(BATCHES.c.asset).where(BATCHES.c.id == batch_id).scalar_subquery()
    return ORDERS.c.buy == asset, ORDERS.c.batch_id == batch_id, *IS_BATCHED


def _with_status(query: Select[*tuple[object, ...]], status: OrderStatus) -> Select[*tuple[object, ...]]:
    if status is OrderStatus.PLACING:
        return query.where(*IS_BATCHED, _IS_PLACING)
    if status is OrderStatus.BATCHED:
        return query.where(*IS_BATCHED, ~_IS_PLACING)
    return query.where(ORDERS.c.status == status.value)
