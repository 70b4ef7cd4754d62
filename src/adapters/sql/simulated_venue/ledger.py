"""The simulated venue's orders and balances in the tables `simulated_orders` and `simulated_balances`."""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from adapters.sql.simulated_venue.tables import SIMULATED_BALANCES, SIMULATED_ORDERS
from adapters.sql.transaction import InTransaction
from application.orders.ports.simulated_ledger import SimulatedLedger
from domain.currency import Currency
from domain.errors import Conflict
from domain.orders.simulated_order import SimulatedOrder
from domain.orders.venue_order import Fill
from domain.pair import Pair

_ADD_BALANCE = text(
    "INSERT INTO simulated_balances (currency, change) VALUES (:currency, '0') ON CONFLICT (currency) DO NOTHING"
)


class SqlSimulatedLedger(InTransaction, SimulatedLedger):
    """The rows of balances are the locks."""

    async def find(self, client_order_id: str) -> SimulatedOrder | None:
        """Select the order."""
        query = select(SIMULATED_ORDERS).where(SIMULATED_ORDERS.c.client_order_id == client_order_id)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else _order_of(row)

    async def lock_changes(self, currencies: Collection[Currency]) -> Mapping[Currency, Decimal]:
        """Insert missing rows, then lock all, both in the order of their keys so that no two wait for each other."""
        for currency in sorted(currencies):
            await self._connection.execute(_ADD_BALANCE, {"currency": currency})
        query = select(SIMULATED_BALANCES).where(SIMULATED_BALANCES.c.currency.in_(currencies))
        query = query.order_by(SIMULATED_BALANCES.c.currency).with_for_update()
        return _changes_of(await self._connection.execute(query))

    async def add(self, order: SimulatedOrder, changes: Mapping[Currency, Decimal]) -> None:
        """Insert the order, and update the balances."""
        try:
            async with self._connection.begin_nested():
                await self._connection.execute(insert(SIMULATED_ORDERS), _values(order))
        except IntegrityError as error:
            raise Conflict("an order has this id already") from error
        for currency, change in changes.items():
            is_of = SIMULATED_BALANCES.c.currency == currency
            await self._connection.execute(update(SIMULATED_BALANCES).where(is_of).values(change=f"{change:f}"))

    async def list_changes(self) -> Mapping[Currency, Decimal]:
        """Select all."""
        return _changes_of(await self._connection.execute(select(SIMULATED_BALANCES)))


def _changes_of(rows: Any) -> dict[Currency, Decimal]:  # noqa: ANN401 -- rows of any shape, as SQLAlchemy has them
    return {Currency(row.currency): Decimal(row.change) for row in rows}


def _values(order: SimulatedOrder) -> dict[str, object]:
    fill = order.fill
    return {
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "base": order.pair.base,
        "quote": order.pair.quote,
        "executed_at": order.executed_at,
        "price": None if fill is None else f"{fill.price:f}",
        "quantity": None if fill is None else f"{fill.quantity:f}",
        "fee": None if fill is None else f"{fill.fee:f}",
        "fee_asset": None if fill is None else fill.fee_asset,
    }


def _order_of(row: Row[Any]) -> SimulatedOrder:
    pair = Pair(Currency(row.base), Currency(row.quote))
    fill = None
    if row.price is not None:
        asset = Currency(row.fee_asset)
        trade = f"{row.client_order_id}-1"
        fill = Fill(trade, Decimal(row.price), Decimal(row.quantity), Decimal(row.fee), asset)
    return SimulatedOrder(row.client_order_id, row.symbol, pair, row.executed_at, fill)
