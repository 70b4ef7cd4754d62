"""Which orders are beyond the price band. Both databases compare integers exactly."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import ColumnElement, Numeric, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.orders.tables import ORDERS
from domain.orders.price_band import PriceBand


async def sequences_beyond(
    connection: AsyncConnection, where: Sequence[ColumnElement[bool]], band: PriceBand, limit: int
) -> list[int]:
    """Return the sequence numbers of the oldest of these orders that are beyond the band, up to `limit`."""
    if connection.dialect.name == "postgresql":
        query = select(ORDERS.c.sequence).where(*where, _is_beyond(band))
        return list(await connection.scalars(query.order_by(ORDERS.c.sequence).limit(limit)))
    # Integers of 38 digits are texts there, which it cannot multiply.
    query = select(ORDERS.c.sequence, ORDERS.c.amount, ORDERS.c.market_cost).where(*where).order_by(ORDERS.c.sequence)
    rows = await connection.execute(query)
    return [sequence for sequence, amount, cost in rows if band.is_beyond(amount, cost)][:limit]


def _is_beyond(band: PriceBand) -> ColumnElement[bool]:
    amount, cost = (type_coerce(column, Numeric) for column in (ORDERS.c.amount, ORDERS.c.market_cost))
    return amount * Decimal(band.numerator) > cost * Decimal(band.denominator)
