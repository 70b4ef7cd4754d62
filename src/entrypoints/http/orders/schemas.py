"""Orders and price locks as requests and answers, and as the OpenAPI document describes them."""

import re
from typing import Annotated, Self
from uuid import UUID

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from application.orders.read_orders import MAX_PAGE_ORDERS, MAX_WAIT_SECONDS, OrdersPage, OrderView
from domain.decimals import NUMBER, plain
from domain.orders.life import LifeEvent
from domain.orders.order import Order, OrderStatus
from domain.orders.price_lock import PriceLock
from entrypoints.http.rates.fields import AmountField, CurrencyField, amount_as_written
from entrypoints.http.server.long_answers import made_in_slices
from entrypoints.http.server.paging import decoded_cursor, encoded_cursor, limit_up_to, wrong_cursor
from entrypoints.http.wallets.fields import IdField, WalletNameField

_LONGEST_CURSOR = 32

_SECONDS = re.compile(r"[0-9]{1,2}", re.ASCII)
_WAIT = "must be a whole number of seconds from 0 to {most}"


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid")


def _not_negative(value: object) -> str:
    text = amount_as_written(value)
    if text.startswith("-") and NUMBER.fullmatch(text):
        raise PydanticCustomError("amount", "must be more than 0")  # as of 0, and not "0 or more"
    return text


_PurchasedField = Annotated[AmountField, BeforeValidator(_not_negative)]


class PurchaseRequest(_Request):
    """What to buy: an `amount` of it, or as much as `spend` buys; one of the two."""

    buy: CurrencyField = Field(description="What is bought.", examples=["BTC"])
    pay_with: CurrencyField = Field(description="What is paid.", examples=["USDT"])
    amount: _PurchasedField | None = Field(None, description="Of what is bought: at most 8 decimals.", examples=["0.5"])
    spend: _PurchasedField | None = Field(None, description="Of what is paid, at most, with the fee.", examples=["100"])


class OrderRequest(PurchaseRequest):
    """An order. With a price lock, `amount` and `spend` may be left out."""

    wallet: WalletNameField = Field(description="The name of the wallet that pays and receives.", examples=["main"])
    price_lock_id: IdField | None = Field(None, description="The id of a price lock, which one order may accept.")
    max_price: AmountField | None = Field(None, description="Order nothing at a higher price.", examples=["70000"])


def _limit(value: object) -> int | None:
    return None if value is None else limit_up_to(MAX_PAGE_ORDERS, value)


def order_cursor(order_id: UUID) -> str:
    """Write where the next page begins."""
    return encoded_cursor(order_id.bytes)


def _cursor(value: object) -> UUID | None:
    if value is None:
        return None
    written = decoded_cursor(value, _LONGEST_CURSOR)
    if len(written) != 16:
        raise wrong_cursor()
    return UUID(bytes=written)


def _wait(value: object) -> int:
    if value is None:
        return 0
    if not (isinstance(value, str) and _SECONDS.fullmatch(value) and int(value) <= MAX_WAIT_SECONDS):
        raise PydanticCustomError("wait", _WAIT, {"most": MAX_WAIT_SECONDS})
    return int(value)


class OrdersQuery(_Request):
    """Which orders to list."""

    status: Annotated[
        OrderStatus | None, WithJsonSchema({"type": "string", "enum": [each.value for each in OrderStatus]})
    ] = Field(None, description="The only status; all when absent.", examples=["queued"])
    limit: Annotated[
        int | None,
        BeforeValidator(_limit),
        WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ORDERS}),
    ] = Field(None, description="Maximum number of orders; 100 when absent.")
    cursor: Annotated[
        UUID | None,
        BeforeValidator(_cursor),
        WithJsonSchema({"type": "string", "format": "order-cursor", "maxLength": _LONGEST_CURSOR}),
    ] = Field(None, description="The `next_cursor` of the previous page.")


class OrderQuery(_Request):
    """Whether to wait for a change."""

    wait: Annotated[
        int,
        BeforeValidator(_wait),
        WithJsonSchema({"type": "integer", "minimum": 0, "maximum": MAX_WAIT_SECONDS}),
    ] = Field(0, description="Answer when the status changes, or after so many seconds.", examples=["2"])


# Shown as null, unlike most members without a value.
_TextOrNull = Annotated[str | None, WithJsonSchema({"type": ["string", "null"]})]
_IdOrNull = Annotated[UUID | None, WithJsonSchema({"type": ["string", "null"], "format": "uuid"})]


class OrderAnswer(_Answer):
    """An order. Amounts are plain decimals; `cost`, `fee` and `refunded` are in `pay_with`."""

    id: UUID
    status: OrderStatus = Field(examples=["queued"])
    buy: str = Field(examples=["BTC"])
    pay_with: str = Field(examples=["USDT"])
    amount: str = Field(description="What is to be bought.", examples=["0.5"])
    price: str = Field(description="The firm price of one unit, in `pay_with`.", examples=["68352.1605"])
    cost: str = Field(description="Amount x price.", examples=["34176.08025"])
    fee: str = Field(description="On top of the cost.", examples=["34.17608025"])
    filled: str = Field(description="What has gone into the wallet so far.", examples=["0"])
    refunded: str = Field(description="What came back of cost and fee: known at the end.", examples=["0"])
    exchange: _TextOrNull = Field(description="Where it was bought last.", examples=["binance"])
    batch_id: _IdOrNull = Field(description="The purchase that it is, or was last, part of.")
    created_at: int = Field(description="Unix second.", examples=[1795644731])
    updated_at: int = Field(description="Unix second.", examples=[1795644731])
    reason: _TextOrNull = Field(description="Why it was refunded or put back into the queue.")

    @classmethod
    def of(cls, order: Order) -> Self:
        """Describe an order."""
        return cls(**_fields(order))


class LifeSchema(_Answer):
    """A status that an order had, since Unix second `at`."""

    status: OrderStatus
    at: int = Field(examples=[1795644731])
    batch_id: _IdOrNull = None

    @classmethod
    def of(cls, event: LifeEvent) -> Self:
        """Describe a status."""
        return cls(status=event.status, at=int(event.at), batch_id=event.batch_id)


class OrderWithLife(OrderAnswer):
    """An order with each status that it had."""

    life: list[LifeSchema]

    @classmethod
    def with_life(cls, view: OrderView) -> Self:
        """Describe an order and its life."""
        return cls(**_fields(view.order), life=[LifeSchema.of(event) for event in view.life])


class OrdersAnswer(_Answer):
    """Orders, newest first. `next_cursor` is null on the last page."""

    orders: list[OrderAnswer]
    next_cursor: _TextOrNull

    @classmethod
    def of_page(cls, page: OrdersPage) -> Self:
        """Describe a page."""
        cursor = None if page.next is None else order_cursor(page.next)
        return cls(orders=[OrderAnswer.of(order) for order in page.orders], next_cursor=cursor)


async def orders_body(page: OrdersPage) -> bytes:
    """Write a page as `OrdersAnswer` describes it; tests hold the two together."""
    # Ids are of the database driver's own class.
    written = await made_in_slices(page.orders, lambda row: orjson.Fragment(orjson.dumps(_fields(row), default=str)))
    cursor = None if page.next is None else order_cursor(page.next)
    return orjson.dumps({"orders": written, "next_cursor": cursor})


class PriceLockAnswer(_Answer):
    """A price that an order may accept once, before it expires."""

    id: UUID
    buy: str = Field(examples=["BTC"])
    pay_with: str = Field(examples=["USDT"])
    amount: str = Field(examples=["0.5"])
    price: str = Field(examples=["68352.1605"])
    cost: str = Field(examples=["34176.08025"])
    fee: str = Field(examples=["34.17608025"])
    expires_at: int = Field(description="Unix second, rounded down.", examples=[1795644741])

    @classmethod
    def of(cls, lock: PriceLock) -> Self:
        """Describe a price lock."""
        return cls(id=lock.id, expires_at=int(lock.expires_at), **_terms(lock))


def _terms(of: Order | PriceLock) -> dict[str, str]:
    terms = of.terms
    return {
        "buy": str(terms.buy.code),
        "pay_with": str(terms.pay_with.code),
        "amount": plain(terms.buy.amount_of(terms.amount)),
        "price": plain(terms.price),
        "cost": plain(terms.pay_with.amount_of(terms.cost)),
        "fee": plain(terms.pay_with.amount_of(terms.fee)),
    }


def _fields(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "status": order.status,
        **_terms(order),
        "filled": plain(order.terms.buy.amount_of(order.filled)),
        "refunded": plain(order.terms.pay_with.amount_of(order.refunded)),
        "exchange": order.exchange,
        "batch_id": order.batch_id,
        "created_at": int(order.created_at),
        "updated_at": int(order.updated_at),
        "reason": order.reason,
    }
