"""What is there at the end of a story, in the words of the description and not of the code that is checked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Protocol
from uuid import UUID

from domain.currency import Currency
from domain.orders.venue_order import Fill, VenueOrder


@dataclass(frozen=True)
class BookedOrder:
    """A purchase as the service shows it. `account` is that of the wallet that paid, `received` that of what came."""

    id: UUID
    user_id: UUID
    account: UUID
    received: UUID
    status: str
    buy: Currency
    pay_with: Currency
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal
    filled: Decimal
    refunded: Decimal
    life: tuple[str, ...]

    @property
    def taken(self) -> Decimal:
        return self.cost + self.fee - self.refunded

    @property
    def share(self) -> Fraction:
        """How much of it was bought."""
        return Fraction(self.filled) / Fraction(self.amount)


@dataclass(frozen=True)
class BookedAttempt:
    """An order to a venue, as it is stored, and what is stored of its outcome."""

    batch_id: UUID
    venue: str
    order: VenueOrder
    outcome: str


@dataclass(frozen=True)
class BookedFill:
    """A trade, as it is stored."""

    venue: str
    symbol: str
    fill: Fill


@dataclass(frozen=True)
class Holding:
    """An account of the ledger. `owner_id` is None for the house, whose accounts have names."""

    id: UUID
    owner_id: UUID | None
    kind: str
    name: str
    asset: Currency
    available: Decimal
    held: Decimal


class Executed(Protocol):
    """An order that a venue took, and its trades."""

    @property
    def order(self) -> VenueOrder: ...

    @property
    def fills(self) -> Sequence[Fill]: ...


@dataclass(frozen=True)
class VenueBooks:
    """What a venue says at the end, and what it had at first."""

    name: str
    listed: Sequence[Executed]
    balances: Mapping[Currency, Decimal]
    opening: Mapping[Currency, Decimal]


@dataclass(frozen=True)
class Books:
    """Everything that is stored at the end. `unfinished` are batches that have not ended."""

    orders: list[BookedOrder]
    attempts: list[BookedAttempt]
    fills: list[BookedFill]
    holdings: list[Holding]
    unfinished: list[UUID]
    open_holds: int


@dataclass
class Accepted:
    """What a user was told when an order was accepted, and what they had asked for."""

    id: UUID
    amount: Decimal
    price: Decimal
    cost: Decimal
    fee: Decimal


@dataclass
class Purchase:
    """A user's wish, and what became of it. `firm` are the executable prices shown while it was decided."""

    key: str
    user_id: UUID
    account: UUID
    buy: Currency
    pay_with: Currency
    amount: Decimal | None
    spend: Decimal | None
    max_price: Decimal | None
    wants_lock: bool = False
    lock_id: UUID | None = None
    locked: Decimal | None = None
    accepted: Accepted | None = None
    refusal: str | None = None
    cancelled: bool = False
    firm: list[Decimal] = field(default_factory=list)

    @property
    def is_decided(self) -> bool:
        return self.accepted is not None or self.refusal is not None
