"""Rows of the orders' tables as domain objects, and the other way round."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from sqlalchemy import RowMapping

from adapters.sql.orders.tables import ORDERS
from domain.currency import Currency
from domain.decimals import plain
from domain.ledger.asset import Asset
from domain.orders.allocation import Allocation
from domain.orders.attempt import Attempt, AttemptOutcome
from domain.orders.batch import Batch, BatchStatus
from domain.orders.order import Order, OrderStatus, Part, Purchaser
from domain.orders.terms import Terms
from domain.orders.venue_order import Fill, VenueOrder
from domain.pair import Pair

AnyRow = RowMapping | Mapping[str, Any]

_OF_BATCH = (
    "orders",
    "wanted",
    "market_cost",
    "formed_at",
    "attempts",
    "venue",
    "placing_at",
    "due_at",
    "pauses",
    "stuck_since",
    "received",
    "paid",
    "is_rest_refunded",
    "smallest_rest",
    "traded_at",
    "finished_at",
    "reason",
    "token",
)
_OF_ORDER = (
    "created_at",
    "updated_at",
    "hold_id",
    "filled",
    "paid_cost",
    "paid_fee",
    "batch_id",
    "exchange",
    "reason",
    "sequence",
)
_CHANGING_IN_ORDER = tuple(name for name in _OF_ORDER if name not in {"created_at", "sequence"})
NEW_ORDER = tuple(column.name for column in ORDERS.c if column.name != "sequence")


def terms_values(terms: Terms) -> dict[str, object]:
    """Return the columns of terms."""
    return {
        "buy": str(terms.buy.code),
        "buy_scale": terms.buy.scale,
        "pay_with": str(terms.pay_with.code),
        "pay_with_scale": terms.pay_with.scale,
        "amount": terms.amount,
        "price": plain(terms.price),
        "cost": terms.cost,
        "fee": terms.fee,
        "market_cost": terms.market_cost,
    }


def terms_of(row: AnyRow) -> Terms:
    """Return the terms in a row of orders or price locks."""
    return Terms(
        Asset(Currency(row["buy"]), row["buy_scale"]),
        Asset(Currency(row["pay_with"]), row["pay_with_scale"]),
        row["amount"],
        Decimal(row["price"]),
        row["cost"],
        row["fee"],
        row["market_cost"],
    )


def order_values(order: Order) -> dict[str, object]:
    """Return the columns of a new order."""
    owner = order.purchaser
    return {
        "id": order.id,
        "user_id": owner.user_id,
        "wallet_id": owner.wallet_id,
        "pays_from": owner.pays_from,
        "receives_in": owner.receives_in,
        "created_at": order.created_at,
        **terms_values(order.terms),
        **changed_order_values(order),
    }


def changed_order_values(order: Order) -> dict[str, object]:
    """Return the columns of an order that change."""
    return {"status": order.status.value, **{name: getattr(order, name) for name in _CHANGING_IN_ORDER}}


def order_of(row: AnyRow) -> Order:
    """Return the order; `placing_at` and `venue` are those of its batch, if it has one."""
    order = Order(
        id=row["id"],
        purchaser=Purchaser(row["user_id"], row["wallet_id"], row["pays_from"], row["receives_in"]),
        terms=terms_of(row),
        status=OrderStatus(row["status"]),
        **{name: row[name] for name in _OF_ORDER},
    )
    if order.status is OrderStatus.BATCHED and row["placing_at"] is not None:
        return replace(order, status=OrderStatus.PLACING, exchange=row["venue"])
    return order


def part_values(part: Part) -> dict[str, object]:
    """Return the columns of a part."""
    names = ("order_id", "batch_id", "amount", "cost", "fee", "at")
    return {**{name: getattr(part, name) for name in names}, "status": part.status.value}


def part_of(row: AnyRow) -> Part:
    """Return the part."""
    return Part(**{**row, "status": OrderStatus(row["status"])})


def batch_values(batch: Batch) -> dict[str, object]:
    """Return the columns of a batch that change, and those of a new one."""
    allocation = batch.allocation
    return {
        "id": batch.id,
        "asset": str(batch.asset.code),
        "asset_scale": batch.asset.scale,
        "clear_with": str(batch.clear_with.code),
        "clear_with_scale": batch.clear_with.scale,
        "status": batch.status.value,
        "allocated": None if allocation is None else allocation.received,
        "cutoff_remainder": None if allocation is None else allocation.cutoff_remainder,
        "cutoff_sequence": None if allocation is None else allocation.cutoff_sequence,
        **{name: getattr(batch, name) for name in _OF_BATCH},
    }


def batch_of(row: AnyRow) -> Batch:
    """Return the batch."""
    allocation = None
    if row["allocated"] is not None:
        cutoff = row["cutoff_remainder"], row["cutoff_sequence"]
        allocation = Allocation(row["wanted"], row["allocated"], *cutoff)
    return Batch(
        id=row["id"],
        asset=Asset(Currency(row["asset"]), row["asset_scale"]),
        clear_with=Asset(Currency(row["clear_with"]), row["clear_with_scale"]),
        status=BatchStatus(row["status"]),
        allocation=allocation,
        **{name: row[name] for name in _OF_BATCH},
    )


def attempt_values(attempt: Attempt) -> dict[str, object]:
    """Return the columns of an attempt."""
    order = attempt.order
    return {
        "batch_id": attempt.batch_id,
        "number": attempt.number,
        "venue": attempt.venue,
        "client_order_id": order.client_order_id,
        "symbol": order.symbol,
        "base": str(order.pair.base),
        "quote": str(order.pair.quote),
        "quantity": str(order.quantity),
        "limit_price": str(order.limit_price),
        "signed_at_ms": order.signed_at_ms,
        "receive_window_ms": order.receive_window_ms,
        "created_at": attempt.created_at,
        "outcome": attempt.outcome.value,
        "venue_order_id": attempt.venue_order_id,
        "reason": attempt.reason,
    }


def attempt_of(row: AnyRow) -> Attempt:
    """Return the attempt, with the order exactly as it was stored."""
    order = VenueOrder(
        row["client_order_id"],
        row["symbol"],
        Pair(Currency(row["base"]), Currency(row["quote"])),
        Decimal(row["quantity"]),
        Decimal(row["limit_price"]),
        row["signed_at_ms"],
        row["receive_window_ms"],
    )
    outcome = AttemptOutcome(row["outcome"])
    which = row["batch_id"], row["number"], row["venue"]
    return Attempt(*which, order, row["created_at"], outcome, row["venue_order_id"], row["reason"])


def fill_values(attempt: Attempt, fill: Fill) -> dict[str, object]:
    """Return the columns of a fill."""
    return {
        "venue": attempt.venue,
        "symbol": attempt.order.symbol,
        "trade_id": fill.trade_id,
        "batch_id": attempt.batch_id,
        "attempt": attempt.number,
        "price": str(fill.price),
        "quantity": str(fill.quantity),
        "fee": str(fill.fee),
        "fee_asset": str(fill.fee_asset),
    }


def fill_of(row: AnyRow) -> Fill:
    """Return the fill."""
    price, quantity, fee = (Decimal(row[name]) for name in ("price", "quantity", "fee"))
    return Fill(row["trade_id"], price, quantity, fee, Currency(row["fee_asset"]))
