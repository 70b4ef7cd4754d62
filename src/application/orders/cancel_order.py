"""Cancel an order that is still queued."""

from uuid import UUID

from application.orders.ports.orders_meter import OrdersMeter
from application.orders.ports.repositories import OrdersRepositories
from application.orders.refunds import refund_orders
from application.ports.clock import Clock
from application.ports.database import Database
from domain.identity.user import User
from domain.orders.errors import NoSuchOrder
from domain.orders.order import Order, OrderStatus

CANCELLED = "cancelled by its owner"


class CancelOrder:
    """An order is refunded or batched, never both: whoever locks its row first."""

    def __init__(self, *, database: Database[OrdersRepositories], clock: Clock, meter: OrdersMeter) -> None:
        self._database = database
        self._clock = clock
        self._meter = meter

    async def __call__(self, user: User, order_id: UUID) -> Order:
        """Return the refunded order; one that was cancelled before is returned as it is.

        Raises `NoSuchOrder` and `OrderNotCancellable`.
        """
        now = self._clock.now()

        async def work(unit: OrdersRepositories) -> tuple[Order, bool]:
            order = await unit.orders.find(user.id, order_id, for_change=True)
            if order is None:
                raise NoSuchOrder("there is no such order")
            if order.status is OrderStatus.REFUNDED and order.reason == CANCELLED:
                return order, False
            order.check_cancellable()
            return (await refund_orders(unit, [order], CANCELLED, now))[0], True

        order, is_new = await self._database.write(work)
        if is_new:
            self._meter.orders_ended(order.terms.buy.code, order.status.value, 1)
        return order
