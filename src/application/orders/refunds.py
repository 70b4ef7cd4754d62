"""End an order before it has all that it wanted: what is unpaid comes back."""

from collections.abc import Sequence
from uuid import uuid5

from application.ledger.post_transactions import post_transactions
from application.orders.order_changes import store_changed
from application.orders.ports.repositories import OrdersRepositories
from domain.ledger.account import AccountRef
from domain.ledger.hold import Hold
from domain.ledger.movements.release import release
from domain.ledger.transaction import Transaction
from domain.orders.order import Order


def hold_of(order: Order) -> Hold:
    """Return the order's open hold."""
    if order.hold_id is None:
        raise ValueError("an order that has ended holds nothing")
    return Hold(order.hold_id, AccountRef(order.purchaser.pays_from, order.terms.pay_with.code), order.unpaid)


def refund_of(order: Order) -> Transaction:
    """Return the transaction that gives back what the order has not paid."""
    return release(uuid5(order.id, "refund"), hold_of(order))


async def refund_orders(unit: OrdersRepositories, orders: Sequence[Order], reason: str, now: float) -> Sequence[Order]:
    """Refund queued orders that the unit has locked, and return them as they are then."""
    refunded = [order.refund(now, reason) for order in orders]
    await store_changed(unit, refunded)
    await post_transactions(unit, [refund_of(order) for order in orders], now)
    return refunded
