"""The best prices of one market at one moment."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Self

from domain.decimals import EXACT, NUMBER
from domain.rates.errors import InvalidBook

# Rates between listed currencies span some 1e-12 to 1e12. A price far outside that range is an error.
LOWEST_PRICE = Decimal("1e-30")
HIGHEST_PRICE = Decimal("1e30")

MAX_PRICE_CHARACTERS = 40

_HALF = Decimal("0.5")
_TWO_HUNDRED = Decimal(200)


class RateType(StrEnum):
    """Whether a conversion uses each book's mid or its executable price (bid or ask)."""

    MID = "mid"
    EXECUTABLE = "executable"


class FurtherRateType(StrEnum):
    """What looks further than the best prices of one exchange: at its order books, or at all exchanges."""

    DEPTH = "depth"
    MEDIAN = "median"


@dataclass(frozen=True, slots=True)
class TopOfBook:
    """The best bid and ask, in units of quote per unit of base: 0 < bid <= ask.

    Selling base takes the bid, buying base pays the ask. Raises `InvalidBook` for anything else: zero or missing
    prices of a dead market, crossed prices, NaN, infinity, prices outside 1e-30 to 1e30.
    """

    bid: Decimal
    ask: Decimal

    def __post_init__(self) -> None:
        try:
            is_sane = LOWEST_PRICE <= self.bid <= self.ask <= HIGHEST_PRICE
        except InvalidOperation:  # NaN does not compare
            is_sane = False
        if not is_sane:
            raise InvalidBook(f"not 0 < bid <= ask: bid {self.bid}, ask {self.ask}")

    @classmethod
    def parse(cls, bid: str, ask: str) -> Self:
        """Parse both prices exactly, from decimal strings of at most 40 characters. Raises `InvalidBook`."""
        if len(bid) > MAX_PRICE_CHARACTERS or len(ask) > MAX_PRICE_CHARACTERS:
            raise InvalidBook(f"a price has more than {MAX_PRICE_CHARACTERS} characters")
        if not (NUMBER.fullmatch(bid) and NUMBER.fullmatch(ask)):
            raise InvalidBook(f"not numbers: bid {bid!r}, ask {ask!r}")
        try:
            return cls(Decimal(bid), Decimal(ask))
        except InvalidOperation as error:
            raise InvalidBook(f"an exponent is out of range: bid {bid}, ask {ask}") from error

    @property
    def mid(self) -> Decimal:
        """The middle of bid and ask, exactly."""
        return EXACT.multiply(EXACT.add(self.bid, self.ask), _HALF)

    def spread_exceeds(self, percent: Decimal) -> bool:
        """Tell whether (ask - bid) / mid is more than `percent` of 100, exactly."""
        gap, total = EXACT.subtract(self.ask, self.bid), EXACT.add(self.ask, self.bid)
        return EXACT.multiply(_TWO_HUNDRED, gap) > EXACT.multiply(percent, total)

    def is_tighter_than(self, other: "TopOfBook") -> bool:
        """Return whether ask/bid is smaller than the other's, compared exactly."""
        return EXACT.multiply(self.ask, other.bid) < EXACT.multiply(other.ask, self.bid)
