"""What may be bought, and on which terms it is cleared."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from domain.currency import Currency
from domain.iso_4217 import is_iso_4217
from domain.orders.errors import InvalidClearingAsset
from domain.pair import Pair

USDT = Currency("USDT")
DAY_SECONDS = 24 * 3600.0
MAX_VENUES = 10


class AfterWait(StrEnum):
    """What happens to orders that waited too long for others."""

    REFUND = "refund"
    BUY = "buy"


class Rest(StrEnum):
    """What happens to what a venue did not fill."""

    REQUEUE = "requeue"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class ClearingAsset:
    """An asset that may be bought. The house buys `code`/`clear_with` at the first of `venues` that can.

    `threshold` is what must be queued before a batch is formed, in units of `clear_with`; a venue's own minimum counts
    as well. `takes_orders_when_halted`: users may still order while clearing is halted. `clear_with` must stay the same
    while orders of the asset wait. `resumed_at` is the Unix time of the last resume: losses before it do not count.
    Raises `InvalidClearingAsset`.
    """

    code: Currency
    venues: tuple[str, ...]
    clear_with: Currency = USDT
    threshold: Decimal = Decimal(0)
    after_wait: AfterWait = AfterWait.REFUND
    max_wait_seconds: float = DAY_SECONDS
    rest: Rest = Rest.REQUEUE
    takes_orders_when_halted: bool = True
    resumed_at: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.venues) <= MAX_VENUES or len(set(self.venues)) < len(self.venues):
            raise InvalidClearingAsset(f"must have 1 to {MAX_VENUES} different venues", "venues")
        # Venues trade states' currencies with more decimals than the ledger counts.
        if is_iso_4217(self.code):
            raise InvalidClearingAsset("a state's currency cannot be bought", "code")
        if is_iso_4217(self.clear_with):
            raise InvalidClearingAsset("the house cannot pay with a state's currency", "clear_with")
        if self.code == self.clear_with:
            raise InvalidClearingAsset("must be another currency than the one that is bought", "clear_with")
        if not (self.threshold.is_finite() and self.threshold >= 0):
            raise InvalidClearingAsset("the threshold must be 0 or more", "threshold")
        if not 0 < self.max_wait_seconds <= 365 * DAY_SECONDS:
            raise InvalidClearingAsset("orders must wait more than 0 seconds and at most 365 days", "max_wait_seconds")

    @property
    def pair(self) -> Pair:
        """What is traded at the venue."""
        return Pair(self.code, self.clear_with)


@dataclass(frozen=True, slots=True)
class Halt:
    """Clearing of one asset is halted, or of all with None. `at` is a Unix time, `by` a username or what did it."""

    asset: Currency | None
    reason: str
    by: str
    at: float
