"""Waiting for an order to change."""

import asyncio
import time

from application.orders.read_orders import MAX_WAITS_OF_A_USER, ReadOrders
from tests.unit.application.orders.harness import Orders


async def test_a_user_waits_for_a_few_orders_at_once_and_is_answered_at_once_beyond() -> None:
    orders = Orders()
    ann = await orders.buyer()
    order = await orders.order(ann, "0.001")
    read = ReadOrders(orders.database)
    waiting = [asyncio.create_task(read.changed(ann, order.id, 10)) for _ in range(MAX_WAITS_OF_A_USER)]
    await asyncio.sleep(0)
    started = time.monotonic()
    assert (await read.changed(ann, order.id, 10)).order.status.value == "queued"
    assert time.monotonic() - started < 1
    await orders.cancel(ann, order.id)
    assert {(await each).order.status.value for each in waiting} == {"refunded"}
    assert (await read.changed(ann, order.id, 10)).order.has_ended
    second = await orders.order(ann, "0.001")
    again = asyncio.create_task(read.changed(ann, second.id, 10))
    await asyncio.sleep(0.1)
    assert not again.done()
    again.cancel()
