"""What holdings are worth in another currency: each by itself, and together.

Prices and lines are named tuples: there are a thousand in an answer, and a frozen dataclass takes twice as long.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import NamedTuple

from domain.currency import Currency
from domain.decimals import EXACT
from domain.rates.book import RateType
from domain.rates.route import Route
from domain.wallets.holding import Holding

_ONE = Decimal(1)
_ZERO = Decimal(0)

LINES_PER_STEP = 50


class LineStatus(StrEnum):
    """How much a line's worth can be relied on."""

    PRICED = "priced"
    STALE = "stale"  # at a price older than was asked for
    UNPRICED = "unpriced"


class Price(NamedTuple):
    """What one unit is worth: `rate`, according to `source`, at Unix second `observed_at`.

    `stale_reason` says why there is none that is new enough, where there is none. `route` is None where the price is
    not from the market of a moment ago.
    """

    rate: Decimal
    source: str
    observed_at: float
    route: Route | None = None
    stale_reason: str | None = None

    @classmethod
    def along(cls, route: Route, rate_type: RateType, stale_reason: str | None = None) -> "Price":
        """Return the price of the route's first currency in its last."""
        return cls(route.rate(rate_type), route.exchange, route.observed_at, route, stale_reason)


@dataclass(frozen=True, slots=True)
class NoPrice:
    """Why nobody says what a currency is worth."""

    reason: str


Pricing = Price | NoPrice


class ValuedLine(NamedTuple):
    """A holding and its worth. `rate` and `converted` are None where it is unpriced, and only there.

    A currency is worth itself: `price` is then None, and `rate` is 1.
    """

    holding: Holding
    status: LineStatus
    rate: Decimal | None = None
    converted: Decimal | None = None
    price: Price | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Valuation:
    """The lines in the order of the holdings. `total` is exactly the sum of what the lines are worth.

    It is complete when every line that is not zero is priced. `updated_at` is the Unix second of the oldest price, None
    where no price was needed or found.
    """

    to: Currency
    lines: Sequence[ValuedLine]
    total: Decimal

    @property
    def is_complete(self) -> bool:
        """Whether every line that is not zero has a price as new as was asked for."""
        return all(line.status is LineStatus.PRICED or not line.holding.amount for line in self.lines)

    @property
    def updated_at(self) -> int | None:
        """The Unix second of the oldest price that counts."""
        return oldest(line.price.observed_at for line in self.lines if line.price is not None)


def value(holdings: Iterable[Holding], to: Currency, prices: Mapping[Currency, Pricing]) -> Valuation:
    """Value each holding at the price of its currency; `prices` has one for each currency but `to`."""
    steps = value_in_steps(holdings, to, prices)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            valuation: Valuation = end.value
            return valuation


def value_in_steps(
    holdings: Iterable[Holding], to: Currency, prices: Mapping[Currency, Pricing]
) -> Generator[None, None, Valuation]:
    """Value likewise, in steps of a fraction of a millisecond, between which the caller can yield to the event loop."""
    lines = []
    for number, holding in enumerate(holdings, start=1):
        lines.append(_valued(holding, to, prices))
        if number % LINES_PER_STEP == 0:
            yield
    return Valuation(to, lines, total_of(line.converted for line in lines))


def total_of(amounts: Iterable[Decimal | None]) -> Decimal:
    """Return the exact sum of the amounts that there are."""
    with localcontext(EXACT):
        return sum((amount for amount in amounts if amount is not None), _ZERO)


def oldest(moments: Iterable[float | None]) -> int | None:
    """Return the Unix second of the earliest moment, None without any."""
    return min((int(moment) for moment in moments if moment is not None), default=None)


def _valued(holding: Holding, to: Currency, prices: Mapping[Currency, Pricing]) -> ValuedLine:
    if holding.code == to:
        return ValuedLine(holding, LineStatus.PRICED, _ONE, holding.amount)
    price = prices[holding.code]
    if isinstance(price, NoPrice):
        return ValuedLine(holding, LineStatus.UNPRICED, reason=price.reason)
    status = LineStatus.PRICED if price.stale_reason is None else LineStatus.STALE
    converted = EXACT.multiply(holding.amount, price.rate)
    return ValuedLine(holding, status, price.rate, converted, price, price.stale_reason)
