"""`/api/v1/orders` and `/api/v1/price-locks`: buying from a wallet."""

from functools import partial

from aiohttp import web

from application.orders.purchase import NewOrder, Wish
from application.orders.read_orders import OrdersPage
from application.ports.rate_limiter import Group
from domain.identity.api_key import Scope
from entrypoints.http.orders import examples
from entrypoints.http.orders.problems import INTAKE_CLOSED, NO_FRESH_PRICE, PRICE_ABOVE_MAX, PRICES_DIVERGE
from entrypoints.http.orders.schemas import (
    OrderAnswer,
    OrderQuery,
    OrderRequest,
    OrdersAnswer,
    OrdersQuery,
    OrderWithLife,
    PriceLockAnswer,
    PurchaseRequest,
    orders_body,
)
from entrypoints.http.server.access.guard import WithScope
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND, FieldError, invalid_input
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.idempotency import KeyUse, answered_once
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.long_answers import READING_ROWS
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.request_body import request_in_body
from entrypoints.http.server.request_query import request_in_query
from entrypoints.http.wallets.fields import id_parameter
from entrypoints.http.wallets.problems import INSUFFICIENT_FUNDS

USUAL_ORDERS = 100

READ = WithScope(Scope.ORDERS_READ, Group.ORDERS)
WRITE = WithScope(Scope.ORDERS_WRITE, Group.ORDERS)

_orders = partial(Endpoint, tag="Purchase orders")


async def post_order(request: web.Request) -> web.Response:
    """Accept an order."""
    asked = await request_in_body(request, OrderRequest)
    wish = None
    if asked.price_lock_id is None or asked.amount is not None or asked.spend is not None:
        wish = _wish(asked)
    order = NewOrder(asked.wallet, asked.buy, asked.pay_with, wish, asked.price_lock_id, asked.max_price)
    accept = partial(request.app[CONTAINER].orders().accept_order(), request[CALLER].user, order)
    return await answered_once(
        request, accept, lambda made: json_response(OrderAnswer.of(made), status=201, shows_none=True)
    )


POST_ORDER = _orders(
    method="POST",
    path="/api/v1/orders",
    handler=post_order,
    access=WRITE,
    id="order",
    summary="Buy from a wallet, at a firm price",
    description="Cost and fee are reserved at once. What is bought comes into the wallet when the purchase is settled; "
    "small orders wait for others until an exchange takes them together. An API key needs `orders:write`.",
    body=OrderRequest,
    body_examples=examples.NEW_ORDER,
    answer=OrderAnswer,
    answer_examples=examples.ACCEPTED,
    status=201,
    problems=(
        NOT_FOUND,
        CONFLICT,
        INSUFFICIENT_FUNDS,
        PRICE_ABOVE_MAX,
        NO_FRESH_PRICE,
        PRICES_DIVERGE,
        INTAKE_CLOSED,
    ),
    idempotency_key=KeyUse.REQUIRED,
    writes=True,
)


async def get_orders(request: web.Request) -> web.Response:
    """Answer with a page of the caller's orders."""
    page = await _page(request, request_in_query(request, OrdersQuery))
    return web.Response(body=await orders_body(page), content_type="application/json")


async def _page(request: web.Request, asked: OrdersQuery) -> OrdersPage:
    limit = asked.limit or USUAL_ORDERS
    read = partial(
        request.app[CONTAINER].orders().read_orders().page, request[CALLER].user, asked.status, asked.cursor, limit
    )
    if limit <= USUAL_ORDERS:
        return await read()
    async with request.app[READING_ROWS]:  # it is read in pieces: pages at once would use up the database's connections
        return await read()


GET_ORDERS = _orders(
    method="GET",
    path="/api/v1/orders",
    handler=get_orders,
    access=READ,
    id="orders",
    summary="List one's orders, newest first",
    description="An API key needs `orders:read`.",
    query=OrdersQuery,
    answer=OrdersAnswer,
    answer_examples=examples.ORDERS,
)


async def get_order(request: web.Request) -> web.Response:
    """Answer with an order and its life, at once or when it has changed."""
    order_id = id_in_path(request, "order_id", "order")
    asked = request_in_query(request, OrderQuery)
    view = await request.app[CONTAINER].orders().read_orders().changed(request[CALLER].user, order_id, asked.wait)
    return json_response(OrderWithLife.with_life(view), shows_none=True)


GET_ORDER = _orders(
    method="GET",
    path="/api/v1/orders/{order_id}",
    handler=get_order,
    access=READ,
    id="orderWithLife",
    summary="Show an order with each status that it had",
    description="With `wait`, answers when the status changes, or after that time. An API key needs `orders:read`.",
    path_parameters=id_parameter("order_id"),
    query=OrderQuery,
    answer=OrderWithLife,
    answer_examples=examples.ORDER,
    problems=(NOT_FOUND,),
)


async def delete_order(request: web.Request) -> web.Response:
    """Cancel an order that is queued."""
    order_id = id_in_path(request, "order_id", "order")
    cancelled = await request.app[CONTAINER].orders().cancel_order()(request[CALLER].user, order_id)
    return json_response(OrderAnswer.of(cancelled), shows_none=True)


DELETE_ORDER = _orders(
    method="DELETE",
    path="/api/v1/orders/{order_id}",
    handler=delete_order,
    access=WRITE,
    id="cancelOrder",
    summary="Cancel an order that is still queued",
    description="What is not bought yet is refunded. Repeating it changes nothing. An API key needs `orders:write`.",
    path_parameters=id_parameter("order_id"),
    answer=OrderAnswer,
    answer_examples=examples.CANCELLED,
    problems=(NOT_FOUND, CONFLICT),
    writes=True,
)


async def post_price_lock(request: web.Request) -> web.Response:
    """Lock a price."""
    wish = _wish(await request_in_body(request, PurchaseRequest))
    lock = partial(request.app[CONTAINER].orders().lock_price(), request[CALLER].user, wish)
    return await answered_once(request, lock, lambda made: json_response(PriceLockAnswer.of(made), status=201))


POST_PRICE_LOCK = _orders(
    method="POST",
    path="/api/v1/price-locks",
    handler=post_price_lock,
    access=WRITE,
    id="lockPrice",
    summary="Lock a price for a moment",
    description="An order may accept it once, by its id. An API key needs `orders:write`.",
    body=PurchaseRequest,
    body_examples=examples.PURCHASE,
    answer=PriceLockAnswer,
    answer_examples=examples.LOCKED,
    status=201,
    problems=(NO_FRESH_PRICE, PRICES_DIVERGE, INTAKE_CLOSED),
    idempotency_key=KeyUse.ACCEPTED,
    writes=True,
)

ENDPOINTS = (POST_ORDER, GET_ORDERS, GET_ORDER, DELETE_ORDER, POST_PRICE_LOCK)


def _wish(asked: PurchaseRequest) -> Wish:
    if (asked.amount is None) == (asked.spend is None):
        raise invalid_input([FieldError("amount", "or spend: give one of the two")])
    return Wish(asked.buy, asked.pay_with, asked.amount, asked.spend)
