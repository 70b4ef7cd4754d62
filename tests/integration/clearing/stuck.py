"""A batch whose outcome nobody knows."""

import time
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from adapters.sql.database import SqlDatabase
from domain.currency import Currency
from domain.ledger.asset import Asset
from domain.orders.attempt import Attempt, client_order_id
from domain.orders.batch import Batch
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.venue_order import VenueOrder
from domain.pair import Pair

ETH, USDT = Asset(Currency("ETH"), 18), Asset(Currency("USDT"), 18)


async def leave_stuck(database_url: str, batch_id: UUID, *, now: float | None = None) -> None:
    """Store such a batch of ETH, which no worker asks about within the next hour."""
    now = time.time() if now is None else now
    batch = Batch(batch_id, ETH, USDT, 1, 10**18, 10**20, now - 700)
    placed = batch.place("simulated", now - 700, 0)
    order = VenueOrder(
        client_order_id(batch_id, 1),
        "ETHUSDT",
        Pair(ETH.code, USDT.code),
        Decimal(1),
        Decimal(100),
        int((now - 700) * 1000),
        5000,
    )
    database = SqlDatabase(database_url, upgrades_itself=True)
    async with database.writing() as unit:
        await unit.clearing_assets.save(ClearingAsset(ETH.code, ("simulated",)))
        assert await unit.batches.add(batch)
        claimed = await unit.batches.claim(batch_id, "test", now - 700, now - 640)
        assert claimed is not None
        await unit.batches.save(replace(placed, token=claimed.token, stuck_since=now - 10).put_off(now + 3600, "lost"))
        await unit.batches.add_attempt(Attempt(batch_id, 1, "simulated", order, now - 700))
    await database.close()
