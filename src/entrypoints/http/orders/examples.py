"""Examples of orders."""

from uuid import UUID

from domain.orders.order import OrderStatus
from entrypoints.http.orders.schemas import LifeSchema, OrderAnswer, OrdersAnswer, OrderWithLife, PriceLockAnswer
from entrypoints.http.server.example import Examples, example, example_of

_AT = 1795644731
_ORDER_ID = UUID("3d0f6f0e-7f5a-4c0b-9c56-1d1c8a0e6f11")
_BATCH_ID = UUID("9a6c1f2e-53b4-4f0a-8d3e-2b7c5d9e0a44")
_LOCK_ID = UUID("c1d9f8a2-0b3e-4a57-9f6d-5e4c3b2a1908")

_TERMS = {
    "buy": "BTC",
    "pay_with": "USDT",
    "amount": "0.5",
    "price": "68352.1605",
    "cost": "34176.08025",
    "fee": "34.17608025",
}
_QUEUED = OrderAnswer(
    id=_ORDER_ID,
    status=OrderStatus.QUEUED,
    **_TERMS,
    filled="0",
    refunded="0",
    exchange=None,
    batch_id=None,
    created_at=_AT,
    updated_at=_AT,
    reason=None,
)
_SETTLED = OrderWithLife(
    **{
        **dict(_QUEUED),
        "status": OrderStatus.SETTLED,
        "filled": "0.5",
        "exchange": "binance",
        "batch_id": _BATCH_ID,
        "updated_at": _AT + 1,
    },
    life=[
        LifeSchema(status=OrderStatus.QUEUED, at=_AT),
        LifeSchema(status=OrderStatus.BATCHED, at=_AT, batch_id=_BATCH_ID),
        LifeSchema(status=OrderStatus.PLACING, at=_AT, batch_id=_BATCH_ID),
        LifeSchema(status=OrderStatus.SETTLED, at=_AT + 1, batch_id=_BATCH_ID),
    ],
)
_REFUNDED = OrderAnswer(
    **{
        **dict(_QUEUED),
        "status": OrderStatus.REFUNDED,
        "refunded": "34210.25633025",
        "reason": "cancelled by its owner",
    }
)

NEW_ORDER: Examples = {
    "amount": example("An amount", {"wallet": "main", "buy": "BTC", "pay_with": "USDT", "amount": "0.5"}),
    "spend": example(
        "As much as this buys, up to a price",
        {"wallet": "main", "buy": "BTC", "pay_with": "USDT", "spend": "100", "max_price": "70000"},
    ),
}
PURCHASE: Examples = {"amount": example("An amount", {"buy": "BTC", "pay_with": "USDT", "amount": "0.5"})}
ACCEPTED: Examples = {"queued": example("Accepted", _QUEUED.model_dump(mode="json"))}
ORDER: Examples = {"settled": example("Bought", _SETTLED.model_dump(mode="json"))}
REFUNDED: Examples = {
    "refunded": example(
        "Refunded", {**_REFUNDED.model_dump(mode="json"), "reason": "by an administrator: more than we can buy"}
    )
}
CANCELLED: Examples = {"refunded": example("Cancelled", _REFUNDED.model_dump(mode="json"))}
ORDERS: Examples = {
    "one": example("One order", OrdersAnswer(orders=[_QUEUED], next_cursor=None).model_dump(mode="json"))
}
LOCKED: Examples = {"locked": example_of("A locked price", PriceLockAnswer(id=_LOCK_ID, **_TERMS, expires_at=_AT + 10))}
