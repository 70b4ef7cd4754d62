"""What the batches of a time cost, added up. Sums are exact on both databases."""

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.orders.tables import BATCHES
from domain.currency import Currency

_IN_POSTGRES = text(
    """
    SELECT coalesce(sum(paid), 0), coalesce(sum(div(market_cost * least(received, wanted), nullif(wanted, 0))), 0)
    FROM clearing_batches WHERE asset = :asset AND traded_at > :since
    """
)


async def batch_costs_in_postgres(connection: AsyncConnection, asset: Currency, since: float) -> tuple[int, int]:
    """Add up by one statement."""
    paid, fair_cost = (await connection.execute(_IN_POSTGRES, {"asset": str(asset), "since": since})).one()
    return int(paid), int(fair_cost)


async def batch_costs_in_sqlite(connection: AsyncConnection, asset: Currency, since: float) -> tuple[int, int]:
    """Select four columns: integers of 38 digits are texts there, which it cannot multiply."""
    columns = BATCHES.c.paid, BATCHES.c.market_cost, BATCHES.c.received, BATCHES.c.wanted
    traded = select(*columns).where(BATCHES.c.asset == str(asset), BATCHES.c.traded_at > since)
    paid = fair_cost = 0
    for its_paid, market_cost, received, wanted in await connection.execute(traded):
        paid += its_paid
        fair_cost += market_cost * min(received, wanted) // wanted if wanted else 0
    return paid, fair_cost
