"""Sums over the orders in dictionaries."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from uuid import UUID

from application.orders.ports.order_sums import OrderSums
from domain.ledger.asset import Asset
from domain.orders.order import Order
from domain.orders.reconciliation import CurrencySums
from tests.unit.fakes.ledger import LedgerRows
from tests.unit.fakes.orders import OrderRows


class FakeOrderSums(OrderSums):
    def __init__(self, orders: OrderRows, ledger: LedgerRows) -> None:
        self._orders = orders
        self._ledger = ledger

    async def by_currency(self, newest: int | None = None) -> list[CurrencySums]:
        paid_with: defaultdict[Asset, list[Order]] = defaultdict(list)
        last = max((order.sequence for order in self._orders.orders.values()), default=0)
        for order in self._orders.orders.values():
            if newest is not None and order.has_ended and order.sequence <= last - newest:
                continue
            paid_with[order.terms.pay_with].append(order)
        return [self._sums(asset, paid_with[asset]) for asset in sorted(paid_with, key=lambda each: each.code)]

    async def given_in(self, batch_ids: Collection[UUID]) -> Mapping[UUID, int]:
        given: defaultdict[UUID, int] = defaultdict(int)
        for part in self._orders.parts.values():
            if part.batch_id in batch_ids:
                given[part.batch_id] += part.amount
        return given

    def _sums(self, asset: Asset, orders: list[Order]) -> CurrencySums:
        ids = {order.id for order in orders}
        holds = [self._ledger.holds.get(order.hold_id) for order in orders if order.hold_id is not None]
        return CurrencySums(
            asset,
            debits=sum(order.terms.total for order in orders),
            settled=sum(part.cost + part.fee for part in self._orders.parts.values() if part.order_id in ids),
            pending=sum(hold.amount for hold in holds if hold is not None and hold.outcome is None),
            refunded=sum(order.refunded for order in orders),
        )
