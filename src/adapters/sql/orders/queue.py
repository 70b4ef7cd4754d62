"""What is queued, and the statement that puts it into a batch. Sums are exact on both databases."""

import json
from collections.abc import Collection, Iterable
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Integer, Numeric, cast, func, select, text, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.orders.tables import ORDERS
from application.orders.ports.orders import Bounds, Queue
from domain.currency import Currency
from domain.orders.order import OrderStatus

# By the index of open orders.
IS_QUEUED = ORDERS.c.hold_id.is_not(None), ORDERS.c.status == OrderStatus.QUEUED.value
IS_BATCHED = ORDERS.c.hold_id.is_not(None), ORDERS.c.status == OrderStatus.BATCHED.value

# Not FOR UPDATE: an order that another unit cancels meanwhile is waited for, seen as no longer queued, and left out.
_BATCH_IN_POSTGRES = text(
    """
    WITH oldest AS (
        SELECT sequence, amount - filled AS remaining FROM orders
        WHERE buy = :asset AND status = 'queued' AND hold_id IS NOT NULL
            AND amount * :numerator <= market_cost * :denominator AND amount - filled <= :largest
        ORDER BY sequence LIMIT :limit
    ), summed AS (
        SELECT sequence, remaining, sum(remaining) OVER (ORDER BY sequence) AS so_far FROM oldest
    ), batched AS (
        UPDATE orders SET status = 'batched', batch_id = :batch_id, updated_at = :now, reason = NULL
        WHERE buy = :asset AND status = 'queued' AND hold_id IS NOT NULL
            AND amount * :numerator <= market_cost * :denominator AND amount - filled <= :largest
            AND sequence <= (SELECT max(sequence) FROM summed WHERE so_far <= :units OR so_far = remaining)
        RETURNING amount, amount - filled AS remaining, market_cost
    )
    SELECT count(*), coalesce(sum(remaining), 0), coalesce(sum(div(market_cost * remaining, amount)), 0) FROM batched
    """
)

_OLDEST_IN_POSTGRES = text(
    """
    SELECT asset, orders, units, oldest_at
    FROM unnest(CAST(:assets AS varchar[])) AS asset CROSS JOIN LATERAL (
        SELECT count(*) AS orders, sum(amount - filled) AS units, min(created_at) AS oldest_at
        FROM (
            SELECT amount, filled, created_at FROM orders
            WHERE buy = asset AND status = 'queued' AND hold_id IS NOT NULL ORDER BY sequence LIMIT :limit
        ) AS oldest
    ) AS queue
    WHERE orders > 0 ORDER BY asset
    """
)

# Integers of 38 digits are texts there, which are cut into 13 + 13 + 12 digits and summed apart.
_CUTS = ((2, 13, 10**25), (15, 13, 10**12), (28, 12, 1))


async def queues(connection: AsyncConnection) -> list[Queue]:
    """Return what is queued of each asset."""
    is_sqlite = connection.dialect.name == "sqlite"
    left = (ORDERS.c.amount, ORDERS.c.filled)
    sums = [part for column in left for part in (_cut_sums(column) if is_sqlite else [func.sum(column)])]
    query = (
        select(ORDERS.c.buy, func.count(), func.min(ORDERS.c.created_at), *sums)
        .where(*IS_QUEUED)
        .group_by(ORDERS.c.buy)
        .order_by(ORDERS.c.buy)
    )
    rows = await connection.execute(query)
    return [
        Queue(Currency(asset), orders, _left(values, is_sqlite=is_sqlite), oldest_at)
        for asset, orders, oldest_at, *values in rows
    ]


async def oldest_queued(connection: AsyncConnection, assets: Collection[Currency], limit: int) -> list[Queue]:
    """Return the oldest that are queued of each asset."""
    if connection.dialect.name == "postgresql":
        values = {"assets": [str(asset) for asset in assets], "limit": limit}
        rows = (await connection.execute(_OLDEST_IN_POSTGRES, values)).all()
        return [Queue(Currency(asset), orders, int(units), oldest_at) for asset, orders, units, oldest_at in rows]
    found = []
    for asset in sorted(assets):
        queued = select(ORDERS.c.created_at, ORDERS.c.amount, ORDERS.c.filled)
        queued = queued.where(ORDERS.c.buy == str(asset), *IS_QUEUED).order_by(ORDERS.c.sequence).limit(limit)
        oldest = (await connection.execute(queued)).all()
        if oldest:
            units = sum(row.amount - row.filled for row in oldest)
            found.append(Queue(asset, len(oldest), units, min(row.created_at for row in oldest)))
    return found


async def batch_in_postgres(
    connection: AsyncConnection, asset: Currency, batch_id: UUID, now: float, bounds: Bounds
) -> tuple[int, int, int]:
    """Put queued orders into a batch by one statement."""
    values = {
        "asset": str(asset),
        "batch_id": batch_id,
        "now": now,
        "limit": bounds.orders,
        "units": Decimal(bounds.units),
        "largest": Decimal(bounds.largest),
        "numerator": Decimal(bounds.band.numerator),
        "denominator": Decimal(bounds.band.denominator),
    }
    count, wanted, cost = (await connection.execute(_BATCH_IN_POSTGRES, values)).one()
    return count, int(wanted), int(cost)


async def batch_in_sqlite(
    connection: AsyncConnection, asset: Currency, batch_id: UUID, now: float, bounds: Bounds
) -> tuple[int, int, int]:
    """Put queued orders into a batch; nobody else writes meanwhile."""
    queued = select(ORDERS.c.sequence, ORDERS.c.amount, ORDERS.c.filled, ORDERS.c.market_cost)
    queued = queued.where(ORDERS.c.buy == str(asset), *IS_QUEUED).order_by(ORDERS.c.sequence)
    rows = (await connection.execute(queued)).all()
    chosen = _chosen(rows, bounds)
    change = (
        update(ORDERS)
        .where(ORDERS.c.sequence.in_(text("SELECT value FROM json_each(:chosen)")))
        .values(status="batched", batch_id=batch_id, updated_at=now, reason=None)
    )
    await connection.execute(change, {"chosen": json.dumps([row.sequence for row in chosen])})
    wanted = sum(row.amount - row.filled for row in chosen)
    cost = sum(row.market_cost * (row.amount - row.filled) // row.amount for row in chosen)
    return len(chosen), wanted, cost


def _chosen(rows: Iterable[Any], bounds: Bounds) -> list[Any]:
    chosen, units = list[Any](), 0
    for row in rows:
        left = row.amount - row.filled
        if left > bounds.largest or bounds.band.is_beyond(row.amount, row.market_cost):
            continue
        units += left
        if len(chosen) == bounds.orders or (chosen and units > bounds.units):
            break
        chosen.append(row)
    return chosen


async def count_larger(connection: AsyncConnection, asset: Currency, units: int) -> int:
    """Return how many queued orders want more than so many units."""
    queued = select(ORDERS.c.amount, ORDERS.c.filled).where(ORDERS.c.buy == str(asset), *IS_QUEUED)
    if connection.dialect.name == "postgresql":
        left = type_coerce(ORDERS.c.amount, Numeric) - type_coerce(ORDERS.c.filled, Numeric)
        larger = queued.where(left > Decimal(units)).subquery()
        return await connection.scalar(select(func.count()).select_from(larger)) or 0
    return sum(amount - filled > units for amount, filled in await connection.execute(queued))


def _cut_sums(column: Column[Any]) -> list[ColumnElement[int]]:
    return [func.sum(cast(func.substr(text(column.name), start, length), Integer)) for start, length, _ in _CUTS]


def _left(sums: list[Any], *, is_sqlite: bool) -> int:
    if not is_sqlite:
        amount, filled = sums
        return int(amount) - int(filled)
    weights = [weight for _, _, weight in _CUTS]
    amount, filled = (sum(map(int.__mul__, sums[at : at + 3], weights)) for at in (0, 3))
    return amount - filled
