"""Read a user's orders, and wait for one to change."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from application.concurrency.cooperative import yield_to_event_loop
from application.orders.ports.repositories import OrdersRepositories
from application.ports.database import Database
from domain.identity.user import User
from domain.orders.errors import NoSuchOrder, UnknownPosition
from domain.orders.life import LifeEvent, life_of
from domain.orders.order import Order, OrderStatus

MAX_PAGE_ORDERS = 500
MAX_WAIT_SECONDS = 10
LOOK_EVERY_SECONDS = 0.2

# Read at once, with the event loop free afterwards: two milliseconds.
ORDERS_PER_READ = 50

# Each that waits reads the database several times a second.
MAX_WAITS_OF_A_USER = 4
MAX_WAITS = 50


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """Orders, newest first; `next` is the last one's id, None on the last page."""

    orders: Sequence[Order]
    next: UUID | None


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order with each status that it had."""

    order: Order
    life: Sequence[LifeEvent]


class ReadOrders:
    """Each reading is of one moment."""

    def __init__(self, database: Database[OrdersRepositories]) -> None:
        self._database = database
        self._waits: Counter[UUID] = Counter()

    async def page(self, user: User, status: OrderStatus | None, before: UUID | None, limit: int) -> OrdersPage:
        """Return up to `limit` orders, newest first: those before the order `before`. Raises `UnknownPosition`."""
        async with self._database.reading() as unit:
            found = await _newest(unit, user, status, before, limit + 1)
            if before is not None and not found and await unit.orders.find(user.id, before) is None:
                raise UnknownPosition("there is no such order")
        orders = found[:limit]
        return OrdersPage(orders, orders[-1].id if len(found) > limit else None)

    async def one(self, user: User, order_id: UUID) -> OrderView:
        """Return an order with its life. Raises `NoSuchOrder`."""
        async with self._database.reading() as unit:
            order = await unit.orders.find(user.id, order_id)
            if order is None:
                raise NoSuchOrder("there is no such order")
            parts = await unit.orders.list_parts(order.id)
            ids = {part.batch_id for part in parts} | ({order.batch_id} if order.batch_id else set())
            batches = await unit.batches.list_some(ids) if ids else []
        return OrderView(order, life_of(order, parts, batches))

    async def changed(self, user: User, order_id: UUID, wait_seconds: float) -> OrderView:
        """Return the order when its status changes, when it has ended, or after the wait. Raises `NoSuchOrder`.

        Returns it at once where the user, or all users of this process, wait for as many orders as may be waited for.
        """
        first = await self.one(user, order_id)
        if not wait_seconds or first.order.has_ended or not self._may_wait(user):
            return first
        self._waits[user.id] += 1
        try:
            await self._wait_for_change(user, first.order, wait_seconds)
        finally:
            self._waits[user.id] -= 1
            self._waits += Counter()  # drops those who wait no more
        return await self.one(user, order_id)

    def _may_wait(self, user: User) -> bool:
        return self._waits[user.id] < MAX_WAITS_OF_A_USER and self._waits.total() < MAX_WAITS

    async def _wait_for_change(self, user: User, before: Order, wait_seconds: float) -> None:
        for _ in range(int(min(wait_seconds, MAX_WAIT_SECONDS) / LOOK_EVERY_SECONDS)):
            await asyncio.sleep(LOOK_EVERY_SECONDS)
            async with self._database.reading() as unit:
                order = await unit.orders.find(user.id, before.id)
            if order is None or order.status is not before.status:
                break


async def _newest(
    unit: OrdersRepositories, user: User, status: OrderStatus | None, before: UUID | None, limit: int
) -> list[Order]:
    found: list[Order] = []
    while len(found) < limit:
        size = min(ORDERS_PER_READ, limit - len(found))
        some = await unit.orders.list_by_user(user.id, status, before, size)
        found += some
        if len(some) < size:
            break
        before = some[-1].id
        await yield_to_event_loop()
    return found
