"""How far the price may rise between an order's acceptance and its purchase."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Self

from domain.ledger.asset import Asset


@dataclass(frozen=True, slots=True)
class PriceBand:
    """The band around the prices at which orders were accepted, seen from the present ask.

    An order is beyond it if its amount times `numerator` is more than its market cost times `denominator`, both in
    smallest units: integers, so that a database compares as exactly as this class.
    """

    numerator: int
    denominator: int

    @classmethod
    def at(cls, ask: Decimal, percent: Decimal, bought: Asset, clear_with: Asset) -> Self:
        """Return the band of `percent` below the ask, which is in units of `clear_with` per unit of `bought`."""
        allowed = Fraction(ask) * 100 / (100 + Fraction(percent)) * Fraction(10) ** (clear_with.scale - bought.scale)
        return cls(allowed.numerator, allowed.denominator)

    def is_beyond(self, amount: int, market_cost: int) -> bool:
        """Tell whether what cost so much in the market when it was accepted costs too much more now."""
        return amount * self.numerator > market_cost * self.denominator
