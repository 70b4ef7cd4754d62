"""Holds: money that is taken from `available` at once and decided about later."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.ledger.account import AccountRef
from domain.ledger.errors import HoldResolved


class HoldOutcome(StrEnum):
    """How a hold ended."""

    SETTLED = "settled"
    RELEASED = "released"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Hold:
    """An amount in the `held` balance of an account, which one transaction resolves, once.

    `id` is that of the transaction that made it. It ends at `expires_at_us`; None means that it does not.
    """

    id: UUID
    account: AccountRef
    amount: int
    expires_at_us: int | None = None
    outcome: HoldOutcome | None = None
    resolved_by_id: UUID | None = None

    def check_open(self) -> None:
        """Raise `HoldResolved` if the hold has ended."""
        if self.outcome is not None:
            raise HoldResolved(f"this hold was {_WORDS[self.outcome]} before")

    def is_expired(self, now_us: int) -> bool:
        """Tell whether its time is over, even if nobody has released it yet."""
        return self.expires_at_us is not None and self.expires_at_us <= now_us


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a transaction ends a hold."""

    hold: Hold
    outcome: HoldOutcome


_WORDS = {
    HoldOutcome.SETTLED: "settled",
    HoldOutcome.RELEASED: "released",
    HoldOutcome.EXPIRED: "given back when its time was over",
}
