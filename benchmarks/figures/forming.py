"""How long a queue of 100,000 orders takes to form its batch on Postgres."""

import time
from decimal import Decimal
from uuid import uuid4

import asyncpg
from tests.servers.postgres import choose_postgres

from adapters.sql.database import SqlDatabase
from application.orders.ports.orders import Bounds
from application.orders.ports.repositories import OrdersRepositories
from benchmarks.arithmetic import REPEATS, Measurement
from benchmarks.bench import Bench
from domain.currency import Currency
from domain.ledger.asset import MAX_UNITS, Asset
from domain.orders.batch import Batch
from domain.orders.price_band import PriceBand

QUEUED = 100_000

BTC, USDT = Asset.of("BTC", 18), Asset.of("USDT", 18)
BOUNDS = Bounds(QUEUED, MAX_UNITS, MAX_UNITS, PriceBand.at(Decimal(68001), Decimal(2), BTC, USDT))

_FILL = """
INSERT INTO orders (
    id, user_id, wallet_id, pays_from, receives_in, buy, buy_scale, pay_with, pay_with_scale, amount, price, cost, fee,
    market_cost, created_at, updated_at, hold_id, status, filled, paid_cost, paid_fee
)
SELECT gen_random_uuid(), owner, owner, owner, owner, 'BTC', 18, 'USDT', 18, 1e12::numeric * number, '68000.5',
    68000500000000000::numeric * number, 68000500000000::numeric * number, 68000000000000000::numeric * number,
    1795644731, 1795644731, gen_random_uuid(), 'queued', 0, 0, 0
FROM generate_series(1, $1) AS number, gen_random_uuid() AS owner
"""
# The triggers refuse it, so that no order ever disappears.
_EMPTY = (
    "SET session_replication_role = replica",
    "TRUNCATE orders, order_parts, clearing_attempts, clearing_fills, clearing_batches",
    "SET session_replication_role = DEFAULT",
)


async def forming(bench: Bench) -> list[Measurement]:  # noqa: ARG001 -- its effort would change what is measured
    """Fill the queue and form a batch of it, a few times."""
    with choose_postgres(prefer_process=True).start() as url:
        database = SqlDatabase(url, upgrades_itself=False)
        await database.migrate()
        try:
            seconds = [await _formed(url, database) for _ in range(REPEATS)]
        finally:
            await database.close()
    return [Measurement("orders.form", seconds, f"{QUEUED:,} queued orders, in one transaction")]


async def _formed(url: str, database: SqlDatabase) -> float:
    await _refill(url)
    batch = Batch(uuid4(), BTC, USDT, 0, 0, 0, time.time())

    async def form(unit: OrdersRepositories) -> None:
        await unit.batches.add(batch)
        orders, wanted, cost = await unit.orders.batch_queued(Currency("BTC"), batch.id, time.time(), BOUNDS)
        if orders != QUEUED:
            raise AssertionError(f"only {orders} orders are in the batch")
        await unit.batches.save(Batch(batch.id, BTC, USDT, orders, wanted, cost, batch.formed_at))

    begun = time.perf_counter()
    await database.write(form)
    return time.perf_counter() - begun


async def _refill(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in _EMPTY:
            await connection.execute(statement)
        await connection.execute(_FILL, QUEUED)
        await connection.execute("VACUUM ANALYZE orders")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
