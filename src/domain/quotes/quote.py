"""A quote: what a pair was worth at a moment, and who said so."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

from domain.decimals import NUMBER, rate_of
from domain.pair import Pair, Side
from domain.quotes.errors import InvalidQuote
from domain.rates.book import HIGHEST_PRICE, LOWEST_PRICE
from domain.rates.conversion import Conversion

HOUR_SECONDS = 3600

MAX_RATE_CHARACTERS = 40

_ONE = Decimal(1)


def hour_of(moment: float) -> int:
    """Return the Unix second at which the hour of `moment` began."""
    return int(moment // HOUR_SECONDS) * HOUR_SECONDS


@dataclass(frozen=True, slots=True)
class PricedLeg:
    """One trade of the route that a quote came by, at the price taken: units of the market's quote for one base.

    `observed_at` is the Unix second of the price.
    """

    exchange: str
    symbol: str
    side: Side
    price: Decimal
    observed_at: int


@dataclass(frozen=True, slots=True)
class Quote:
    """Units of the pair's quote for one base, at most 12 significant digits, at the Unix second `observed_at`.

    `legs` is the route when it came from an exchange, and empty otherwise. Raises `InvalidQuote` for a rate beyond
    1e-30 to 1e30, NaN and infinity among them.
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
        """Read the rate from a decimal string of at most 40 characters, rounding it as every rate is."""
        if len(rate) > MAX_RATE_CHARACTERS or not NUMBER.fullmatch(rate):
            raise InvalidQuote("the rate is no number, or longer than any real one")
        try:
            rounded = rate_of(Decimal(rate), _ONE)
        except ArithmeticError as error:
            raise InvalidQuote("the rate is beyond any Decimal") from error
        return cls(pair, rounded, source, observed_at)

    @classmethod
    def from_conversion(cls, conversion: Conversion, source: str) -> Self:
        """Quote what a conversion between two different currencies came to."""
        route = conversion.route
        legs = tuple(
            PricedLeg(leg.exchange, leg.symbol, leg.side, leg.price(conversion.rate_type), int(leg.observed_at))
            for leg in route.legs
        )
        pair = Pair(route.currency_from, route.currency_to)
        return cls(pair, conversion.rate, source, conversion.updated_at, legs)

    @property
    def exchange(self) -> str | None:
        """The exchange that it came from, None when it came from none."""
        return self.legs[0].exchange if self.legs else None


@dataclass(frozen=True, slots=True)
class RecordedQuote:
    """A quote as it is kept. Of two with the same `observed_at`, the greater `id` is the newer.

    `recorded_at` is the Unix second at which its source was asked. `hour` is the Unix second at which the hour began
    that it stands for, of which there is one a pair and source; None for one that was asked for by hand.
    """

    id: int
    quote: Quote
    recorded_at: int
    hour: int | None
