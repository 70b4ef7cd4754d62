"""Clearing batches: orders of one asset that are bought together."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self
from uuid import UUID

from domain.ledger.asset import Asset
from domain.orders.allocation import Allocation
from domain.pair import Pair


class BatchStatus(StrEnum):
    """How far a batch is; each status is committed before the next step begins."""

    FORMED = "formed"  # its orders are chosen; nothing was sent
    PLACING = "placing"  # an attempt is stored, and may have been sent
    SETTLING = "settling"  # what was bought is in the books, and is given to the orders
    DONE = "done"


# Of one attempt after another: a venue that refuses this often will go on to.
MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch. `wanted` and `received` are units of `asset`, `market_cost` and `paid` of `clear_with`.

    `market_cost` is what its orders cost in the market when they were accepted, `paid` what the house paid. A rest of
    an order below `smallest_rest` is refunded, as the venue sells no less. The next step is due at `due_at`, a Unix
    time, and `pauses` counts how often it was put off; of a batch that was dissolved because its venue lacks funds, how
    many such ones of its asset there were in a row. `traded_at` is when what was bought was put into the books.
    `token` is that of the last claim. `stuck_since` is when it was given up that the outcome can be found out without
    an admin.
    """

    id: UUID
    asset: Asset
    clear_with: Asset
    orders: int
    wanted: int
    market_cost: int
    formed_at: float
    status: BatchStatus = BatchStatus.FORMED
    attempts: int = 0
    venue: str | None = None
    placing_at: float | None = None
    due_at: float = 0.0
    pauses: int = 0
    stuck_since: float | None = None
    allocation: Allocation | None = None
    received: int = 0
    paid: int = 0
    is_rest_refunded: bool = False
    smallest_rest: int = 0
    traded_at: float | None = None
    finished_at: float | None = None
    reason: str | None = None
    token: int = 0

    @property
    def pair(self) -> Pair:
        """What is traded at the venue."""
        return Pair(self.asset.code, self.clear_with.code)

    @property
    def fair_cost(self) -> int:
        """What its orders cost in the market when they were accepted, for as much of them as was received."""
        return self.market_cost * min(self.received, self.wanted) // self.wanted if self.wanted else 0

    def place(self, venue: str, now: float, smallest_rest: int) -> Self:
        """Return the batch with one more attempt, at this venue."""
        return replace(
            self,
            status=BatchStatus.PLACING,
            attempts=self.attempts + 1,
            venue=venue,
            placing_at=now if self.placing_at is None else self.placing_at,
            due_at=now,
            pauses=0,
            smallest_rest=smallest_rest,
            reason=None,
        )

    def put_off(self, due_at: float, reason: str) -> Self:
        """Return the batch to be looked at again later."""
        return replace(self, due_at=due_at, pauses=self.pauses + 1, reason=reason)

    def settle(self, allocation: Allocation, received: int, paid: int, *, is_rest_refunded: bool) -> Self:
        """Return the batch with what was bought, to be given to its orders."""
        return replace(
            self,
            status=BatchStatus.SETTLING,
            allocation=allocation,
            received=received,
            paid=paid,
            is_rest_refunded=is_rest_refunded,
            stuck_since=None,
            due_at=0.0,
            pauses=0,
        )

    def dissolve(self, reason: str, *, pauses: int = 0) -> Self:
        """Return the batch with nothing bought, so that its orders go back to the queue. See `pauses` above."""
        nothing = Allocation(self.wanted, 0, self.wanted, 0)
        return replace(
            self.settle(nothing, 0, 0, is_rest_refunded=False), smallest_rest=0, pauses=pauses, reason=reason
        )

    def finish(self, now: float) -> Self:
        """Return the batch done: every order has its part."""
        return replace(self, status=BatchStatus.DONE, finished_at=now)
