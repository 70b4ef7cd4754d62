"""Orders: purchases of users, from their acceptance to their end."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.orders.errors import OrderNotCancellable
from domain.orders.terms import Terms


class OrderStatus(StrEnum):
    """Where an order is. A batched order is shown as placing once its batch may have been sent."""

    QUEUED = "queued"
    BATCHED = "batched"
    PLACING = "placing"
    SETTLED = "settled"
    REFUNDED = "refunded"


ENDED = frozenset({OrderStatus.SETTLED, OrderStatus.REFUNDED})


@dataclass(frozen=True, slots=True)
class Purchaser:
    """Whose order it is: the user, the wallet, and its accounts for what is paid and for what is bought."""

    user_id: UUID
    wallet_id: UUID
    pays_from: UUID
    receives_in: UUID


@dataclass(frozen=True, slots=True)
class Part:
    """What an order got from one batch: `amount` of what is bought, for `cost` and `fee`, all in smallest units."""

    order_id: UUID
    batch_id: UUID
    amount: int
    cost: int
    fee: int
    at: float
    status: OrderStatus
    """What the order became by it."""


@dataclass(frozen=True, slots=True)
class Order:
    """A purchase. Amounts are in smallest units, times in Unix seconds.

    `hold_id` is the ledger's hold of what is not paid yet; None once the order has ended. `filled`, `paid_cost` and
    `paid_fee` are what it has got and paid so far. `sequence` is the order of acceptance, given when it is stored.
    `exchange` is the venue of its last batch.
    """

    id: UUID
    purchaser: Purchaser
    terms: Terms
    created_at: float
    updated_at: float
    hold_id: UUID | None
    status: OrderStatus = OrderStatus.QUEUED
    filled: int = 0
    paid_cost: int = 0
    paid_fee: int = 0
    batch_id: UUID | None = None
    exchange: str | None = None
    reason: str | None = None
    sequence: int = 0

    @property
    def left(self) -> int:
        """What is still to be bought."""
        return self.terms.amount - self.filled

    @property
    def unpaid(self) -> int:
        """What is still held for it."""
        return self.terms.total - self.paid_cost - self.paid_fee

    @property
    def has_ended(self) -> bool:
        """Whether nothing changes any more."""
        return self.status in ENDED

    @property
    def refunded(self) -> int:
        """What came back of cost and fee: nothing before the end."""
        return self.unpaid if self.has_ended else 0

    def check_cancellable(self) -> None:
        """Raise `OrderNotCancellable` unless the order is queued."""
        if self.status is not OrderStatus.QUEUED:
            state = "has ended" if self.has_ended else "is being bought"
            raise OrderNotCancellable(f"the order {state}, so it cannot be cancelled")

    def refund(self, now: float, reason: str) -> Self:
        """Return the order ended: what it has got stays, what is unpaid comes back."""
        return replace(self, status=OrderStatus.REFUNDED, hold_id=None, updated_at=now, reason=reason)

    def settle(self, now: float) -> Self:
        """Return the order ended with all that was wanted."""
        return replace(self, status=OrderStatus.SETTLED, hold_id=None, updated_at=now, reason=None)

    def requeue(self, now: float, reason: str) -> Self:
        """Return the order back in the queue, with what it has got."""
        return replace(self, status=OrderStatus.QUEUED, batch_id=None, updated_at=now, reason=reason)

    def fill(self, units: int) -> "Filled":
        """Return what the order pays for so many more units, and what it is then, before its status is decided.

        The shares of cost and fee are rounded down, but what was paid before counts: the last part pays the rest.
        """
        filled = self.filled + units
        cost = self.terms.cost * filled // self.terms.amount
        fee = self.terms.fee * filled // self.terms.amount
        order = replace(self, filled=filled, paid_cost=cost, paid_fee=fee)
        return Filled(order, units, cost - self.paid_cost, fee - self.paid_fee)


@dataclass(frozen=True, slots=True)
class Filled:
    """An order with a further part, and what that part is and costs."""

    order: Order
    amount: int
    cost: int
    fee: int
