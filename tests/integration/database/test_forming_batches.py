"""Forming a batch of very many orders stays quick because Postgres changes their rows, and no index."""

from uuid import uuid4

from sqlalchemy import text

from adapters.sql.open_database import open_database
from adapters.sql.orders.queue import batch_in_postgres
from application.orders.ports.orders import Bounds
from domain.currency import Currency
from domain.ledger.asset import MAX_UNITS
from domain.orders.price_band import PriceBand

ORDERS = 5000
BTC = Currency("BTC")

_FILL = text(
    """
    INSERT INTO orders (
        id, user_id, wallet_id, pays_from, receives_in, buy, buy_scale, pay_with, pay_with_scale, amount, price, cost,
        fee, market_cost, created_at, updated_at, hold_id, status, filled, paid_cost, paid_fee
    )
    SELECT gen_random_uuid(), owner, owner, owner, owner, 'BTC', 18, 'USDT', 18, 1000, '68000.5', 68000500, 68000,
           68000000, 1, 1, gen_random_uuid(), 'queued', 0, 0, 0
    FROM generate_series(1, CAST(:orders AS bigint)), gen_random_uuid() AS owner
    """
)
_CHANGED = text("SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = 'orders'")


async def test_forming_a_batch_changes_no_index(postgres_url: str) -> None:
    database = await open_database(postgres_url, upgrades_itself=True)
    try:
        async with database.engine.begin() as connection:
            await connection.execute(_FILL, {"orders": ORDERS})
        async with database.engine.begin() as connection:
            bounds = Bounds(ORDERS - 1, MAX_UNITS, MAX_UNITS, PriceBand(68_000, 1))
            formed = await batch_in_postgres(connection, BTC, uuid4(), 2.0, bounds)
            changed, beside = (await connection.execute(_CHANGED)).one()
    finally:
        await database.close()
    assert formed == (ORDERS - 1, 1000 * (ORDERS - 1), 68_000_000 * (ORDERS - 1))
    assert changed == beside == ORDERS - 1
