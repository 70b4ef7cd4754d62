"""Quotes: recorded rates with their source and time."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Self

from domain.decimals import NUMBER
from domain.pair import Pair, Side
from domain.quotes.errors import InvalidQuote
from domain.rates.book import HIGHEST_PRICE, LOWEST_PRICE
from domain.rates.conversion import Conversion
from domain.rates.reference_rates import ReferenceLeg
from domain.rates.rounding import round_rate

HOUR_SECONDS = 3600

MAX_RATE_CHARACTERS = 40

_ONE = Decimal(1)


def hour_of(moment: float) -> int:
    """Return the Unix second at which the hour of `moment` began."""
    return int(moment // HOUR_SECONDS) * HOUR_SECONDS


@dataclass(frozen=True, slots=True)
class PricedLeg:
    """One leg of a quote's route.

    `price` is in units of the market's quote currency per unit of its base, observed at Unix second `observed_at`. The
    rate of a bank has the day on which it was `published`.
    """

    exchange: str
    symbol: str
    side: Side
    price: Decimal
    observed_at: int
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A pair's rate according to `source`, observed at Unix second `observed_at`.

    `rate` is in units of the pair's quote currency per unit of its base, with at most 12 significant digits. `legs` is
    the route, empty if the source is not an exchange. Raises `InvalidQuote` for a rate outside 1e-30 to 1e30,
    including NaN and infinity.
    """

    pair: Pair
    rate: Decimal
    source: str
    observed_at: int
    legs: tuple[PricedLeg, ...] = ()

    def __post_init__(self) -> None:
        try:
            is_sane = LOWEST_PRICE <= self.rate <= HIGHEST_PRICE
        except InvalidOperation:  # NaN does not compare
            is_sane = False
        if not is_sane:
            raise InvalidQuote(f"not a rate: {self.rate}")

    @classmethod
    def parse(cls, pair: Pair, rate: str, source: str, observed_at: int) -> Self:
        """Parse a decimal string of at most 40 characters, and round it as every rate is. Raises `InvalidQuote`."""
        if len(rate) > MAX_RATE_CHARACTERS or not NUMBER.fullmatch(rate):
            raise InvalidQuote("the rate is not a number, or too long")
        try:
            rounded = round_rate(Decimal(rate), _ONE)
        except ArithmeticError as error:
            raise InvalidQuote("the rate is out of range") from error
        return cls(pair, rounded, source, observed_at)

    @classmethod
    def from_conversion(cls, conversion: Conversion, source: str) -> Self:
        """Return the rate of a conversion between two different currencies as a quote."""
        route = conversion.route
        legs = tuple(
            PricedLeg(
                leg.exchange,
                leg.symbol,
                leg.side,
                leg.price(conversion.rate_type),
                int(leg.observed_at),
                leg.published if isinstance(leg, ReferenceLeg) else None,
            )
            for leg in route.legs
        )
        pair = Pair(route.currency_from, route.currency_to)
        return cls(pair, conversion.rate, source, conversion.updated_at, legs)

    @property
    def exchange(self) -> str | None:
        """The exchange that gave the rate, with the bank that completed it, if any; None for another source."""
        in_order = sorted(self.legs, key=lambda leg: leg.published is not None)
        return "+".join(dict.fromkeys(leg.exchange for leg in in_order)) or None


@dataclass(frozen=True, slots=True)
class RecordedQuote:
    """A quote as stored. Of two with the same `observed_at`, the one with the greater `id` is newer.

    `recorded_at` is the Unix second at which it was recorded. `hour` is the Unix second at which its hour began, unique
    per pair and source; it is None for a quote recorded on request.
    """

    id: int
    quote: Quote
    recorded_at: int
    hour: int | None
