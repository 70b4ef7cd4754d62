"""Store what happened to orders: the only place at which an order changes, except when a batch takes it."""

from collections.abc import Sequence
from uuid import uuid5

from application.orders.ports.repositories import OrdersRepositories
from application.webhooks.record_events import record_events
from domain.currency import Currency
from domain.decimals import plain
from domain.orders.order import Order, OrderStatus
from domain.webhooks.event import Event, EventType

_ENDS = {OrderStatus.SETTLED: EventType.ORDER_SETTLED, OrderStatus.REFUNDED: EventType.ORDER_REFUNDED}


async def store_accepted(unit: OrdersRepositories, order: Order, clear_with: Currency, *, is_told: bool) -> bool:
    """Store a new order, of which webhooks are told where there are any.

    Return False, and change nothing, if what it buys is not cleared with this any more.
    """
    if not await unit.orders.add(order, clear_with):
        return False
    if is_told:
        await record_events(unit, [_event_of(order, EventType.ORDER_ACCEPTED)])
    return True


async def store_changed(unit: OrdersRepositories, orders: Sequence[Order]) -> None:
    """Store the new state of orders, in the unit that moves their money."""
    await unit.orders.save(orders)
    await record_events(unit, [_event_of(order, _ENDS[order.status]) for order in orders if order.has_ended])


def _event_of(order: Order, kind: EventType) -> Event:
    """Return the event, whose id follows from the order's, so that it is the same however often this is done."""
    terms = order.terms
    paid = terms.pay_with.amount_of
    data = {
        "id": str(order.id),
        "status": order.status,
        "buy": terms.buy.code,
        "pay_with": terms.pay_with.code,
        "amount": plain(terms.buy.amount_of(terms.amount)),
        "price": plain(terms.price),
        "cost": plain(paid(terms.cost)),
        "fee": plain(paid(terms.fee)),
        "filled": plain(terms.buy.amount_of(order.filled)),
        "refunded": plain(paid(order.refunded)),
        "exchange": order.exchange,
        "reason": order.reason,
    }
    return Event.of(kind, order.purchaser.user_id, data, order.updated_at, uuid5(order.id, kind))
