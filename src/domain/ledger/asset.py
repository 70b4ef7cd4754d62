"""Assets: what is counted, and in which smallest unit."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from domain.currency import Currency
from domain.decimals import EXACT
from domain.ledger.errors import InvalidAmount, InvalidAsset

MAX_SCALE = 18

# What a balance or a change of it may have: 38 digits.
MAX_DIGITS = 38
MAX_UNITS = 10**MAX_DIGITS - 1


@dataclass(frozen=True, slots=True)
class Asset:
    """`scale` is the number of decimals, 0 to 18: 1 unit of BTC at scale 8 is 0.00000001 BTC. It never changes."""

    code: Currency
    scale: int

    def __post_init__(self) -> None:
        if not 0 <= self.scale <= MAX_SCALE:
            raise InvalidAsset(f"the scale must be 0 to {MAX_SCALE}")

    @classmethod
    def of(cls, code: str, scale: int) -> Self:
        """Return the asset with this ticker."""
        return cls(Currency(code), scale)

    def units_of(self, amount: Decimal) -> int:
        """Return the amount in the smallest unit. Never rounds: raises `InvalidAmount` for more decimals."""
        self.require_countable(amount)
        if not amount:
            return 0
        units = EXACT.scaleb(amount, self.scale)
        if units != int(units):
            raise InvalidAmount(f"must have at most {self.scale} decimals")
        return int(units)

    def require_countable(self, amount: Decimal) -> None:
        """Raise `InvalidAmount` unless it is a number below what the ledger can count, whatever its decimals."""
        if not amount.is_finite():
            raise InvalidAmount("must be a finite number")
        if amount and amount.adjusted() + self.scale >= MAX_DIGITS:
            raise InvalidAmount(f"must be less than 1E{MAX_DIGITS - self.scale}")

    def amount_of(self, units: int) -> Decimal:
        """Return the amount of so many units."""
        return EXACT.scaleb(Decimal(units), -self.scale)
