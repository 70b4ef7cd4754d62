"""Store what happened to orders: the only place at which an order changes, except when a batch takes it."""

from collections.abc import Sequence

from application.orders.ports.repositories import OrdersRepositories
from domain.orders.order import Order


async def store_accepted(unit: OrdersRepositories, order: Order) -> None:
    """Store a new order."""
    await unit.orders.add(order)


async def store_changed(unit: OrdersRepositories, orders: Sequence[Order]) -> None:
    """Store the new state of orders, in the unit that moves their money."""
    await unit.orders.save(orders)
