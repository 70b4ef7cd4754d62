"""What must agree: the orders with the ledger, the batches with their orders, the ledger with the venues."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from domain.currency import Currency
from domain.decimals import EXACT
from domain.ledger.asset import Asset


@dataclass(frozen=True, slots=True)
class CurrencySums:
    """Sums over all orders that are paid with one currency, in its smallest units, each from a source of its own.

    `debits` is what they cost with the fee when they were accepted, `settled` what their parts cost, `pending` what the
    ledger still holds for them, and `refunded` what came back of those that have ended.
    """

    pay_with: Asset
    debits: int = 0
    settled: int = 0
    pending: int = 0
    refunded: int = 0

    @property
    def difference(self) -> int:
        """What is missing of the debits; negative where there is more."""
        return self.debits - self.settled - self.pending - self.refunded


@dataclass(frozen=True, slots=True)
class BatchSums:
    """What a batch bought, by the venue's fills, and what its orders got, in units of its asset.

    Until `is_settled`, some of its orders have not got their share yet.
    """

    batch_id: UUID
    asset: Asset
    bought: int
    received: int
    owed_to_orders: int
    given_to_orders: int
    is_settled: bool = True

    @property
    def agrees(self) -> bool:
        """Whether the batch has what the fills say, and its orders have their share of it."""
        missing = self.owed_to_orders - self.given_to_orders
        return self.bought == self.received and (missing == 0 or (missing > 0 and not self.is_settled))


@dataclass(frozen=True, slots=True)
class VenueAsset:
    """What the ledger expects that a venue holds for us of an asset, and what the venue says."""

    asset: Currency
    expected: Decimal
    held: Decimal

    @property
    def difference(self) -> Decimal:
        """What the venue has too much."""
        return EXACT.subtract(self.held, self.expected)


@dataclass(frozen=True, slots=True)
class VenueState:
    """What a venue holds, by asset; `not_compared` is why there is no comparison now."""

    venue: str
    assets: Sequence[VenueAsset] = ()
    not_compared: str | None = None

    @property
    def differing(self) -> Sequence[VenueAsset]:
        """The assets in which ledger and venue differ."""
        return [each for each in self.assets if each.difference]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """All comparisons at Unix time `at`."""

    at: float
    currencies: Sequence[CurrencySums]
    batches: Sequence[BatchSums]
    venues: Sequence[VenueState]

    @property
    def differences(self) -> int:
        """How many comparisons do not agree."""
        currencies = sum(each.difference != 0 for each in self.currencies)
        batches = sum(not each.agrees for each in self.batches)
        return currencies + batches + sum(len(each.differing) for each in self.venues)
