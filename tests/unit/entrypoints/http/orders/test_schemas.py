"""A page of orders is written as its model describes it."""

import orjson

from application.orders.read_orders import ORDERS_PER_READ, ReadOrders
from entrypoints.http.orders.schemas import OrdersAnswer, orders_body
from tests.unit.application.orders.harness import Orders


async def test_a_page_that_is_read_and_written_in_pieces_is_what_the_model_says() -> None:
    orders = Orders()
    ann = await orders.buyer()
    made = [await orders.order(ann, "0.0001") for _ in range(2 * ORDERS_PER_READ + 3)]
    await orders.cancel(ann, made[-1].id)
    read = ReadOrders(orders.database)
    page = await read.page(ann, None, None, 2 * ORDERS_PER_READ + 1)
    assert [order.id for order in page.orders] == [order.id for order in made[:1:-1]]
    assert orjson.loads(await orders_body(page)) == orjson.loads(OrdersAnswer.of_page(page).model_dump_json())
    last = await read.page(ann, None, page.next, 10)
    assert [order.id for order in last.orders] == [order.id for order in made[1::-1]]
    assert orjson.loads(await orders_body(last))["next_cursor"] is None
