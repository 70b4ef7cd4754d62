"""The port to the repository of orders."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.currency import Currency
from domain.orders.allocation import Wanted
from domain.orders.order import Order, OrderStatus, Part
from domain.orders.price_band import PriceBand


@dataclass(frozen=True, slots=True)
class Queue:
    """What is queued of an asset: how many orders, what is left to buy in smallest units, and the oldest one's time."""

    asset: Currency
    orders: int
    units: int
    oldest_at: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a batch may take: the oldest `orders`, none beyond the band.

    Together they want at most `units`, but for a first one that alone wants more. One that wants more than `largest` is
    left out, and keeps no other waiting.
    """

    orders: int
    units: int
    largest: int
    band: PriceBand


class Orders(Protocol):
    """The orders, in one unit of work. Every call may raise `DatabaseUnavailable`.

    An order that is batched is returned as placing once its batch has an attempt.
    """

    async def add(self, order: Order, clear_with: Currency) -> bool:
        """Store a new order, which gets the next sequence number.

        Return False, and change nothing, if what it buys is not, or no longer, cleared with this.
        """
        ...

    async def find(self, user_id: UUID, order_id: UUID, *, for_change: bool = False) -> Order | None:
        """Return the user's order; `for_change` locks it until the unit ends."""
        ...

    async def find_of_anyone(self, order_id: UUID, *, for_change: bool = False) -> Order | None:
        """Return an order, whoever's it is; `for_change` locks it until the unit ends."""
        ...

    async def list_by_user(
        self, user_id: UUID, status: OrderStatus | None, before: UUID | None, limit: int
    ) -> list[Order]:
        """Return up to `limit` of a user's orders, newest first: those accepted before the order `before`."""
        ...

    async def save(self, orders: Collection[Order]) -> None:
        """Store the new state of orders that the unit has locked."""
        ...

    async def queues(self) -> list[Queue]:
        """Return what is queued of each asset of which anything is."""
        ...

    async def oldest_queued(self, assets: Collection[Currency], limit: int) -> list[Queue]:
        """Return the same of these assets, but of each count the oldest `limit` orders only."""
        ...

    async def lock_queued_before(self, asset: Currency, created_before: float, limit: int) -> list[Order]:
        """Lock and return queued orders of an asset that were accepted before a Unix time, oldest first.

        Orders that another unit has locked are left out.
        """
        ...

    async def lock_queued_beyond(self, asset: Currency, band: PriceBand, limit: int) -> list[Order]:
        """Lock and return queued orders of an asset that are beyond the price band, oldest first.

        Orders that another unit has locked are left out.
        """
        ...

    async def count_larger(self, asset: Currency, units: int) -> int:
        """Return how many queued orders of an asset want more than so many units."""
        ...

    async def has_beyond(self, asset: Currency, batch_id: UUID | None, band: PriceBand) -> bool:
        """Tell whether any open order of a batch, or with None any queued one, is beyond the price band."""
        ...

    async def batch_queued(self, asset: Currency, batch_id: UUID, now: float, bounds: Bounds) -> tuple[int, int, int]:
        """Put queued orders of an asset into a batch, the oldest that its bounds allow, by one statement.

        Return how many, what is left of them to buy, and what they cost in the market: their sums in smallest units.
        """
        ...

    async def wanted_in_batch(self, batch_id: UUID) -> Sequence[Wanted]:
        """Return what each order of a batch that is not settled wants."""
        ...

    async def lock_in_batch(self, batch_id: UUID, limit: int) -> list[Order]:
        """Lock and return orders of a batch that have not got their part yet, oldest first."""
        ...

    async def add_parts(self, parts: Collection[Part]) -> None:
        """Store what orders got from a batch; an order has one part of a batch."""
        ...

    async def list_parts(self, order_id: UUID) -> list[Part]:
        """Return the parts of an order, in the order in which they were stored, whatever their times."""
        ...
