"""The median of what several exchanges say, without those that probably mean another coin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.currency import Currency
from domain.decimals import EXACT
from domain.rates.book import RateType
from domain.rates.divergence import differ
from domain.rates.rounding import round_rate
from domain.rates.route import Route


@dataclass(frozen=True, slots=True)
class MedianConversion:
    """What `amount` is worth at the median of the mids of `providers`, the routes of one exchange each, in their order.

    `rate` is rounded once, half-even, to 12 significant digits, and `result` is exactly `amount` times that rate.
    `left_out` maps the other exchanges to why they are not used.
    """

    amount: Decimal
    currency_from: Currency
    currency_to: Currency
    rate: Decimal
    result: Decimal
    providers: tuple[Route, ...]
    left_out: Mapping[str, str]

    @classmethod
    def of(cls, amount: Decimal, providers: Sequence[Route], left_out: Mapping[str, str]) -> "MedianConversion":
        """Convert `amount` between the ends that the routes share."""
        rate = _median([exact_mid(route) for route in providers])
        ends = providers[0].currency_from, providers[0].currency_to
        return cls(amount, *ends, rate, EXACT.multiply(amount, rate), tuple(providers), left_out)

    @property
    def exchange(self) -> str:
        """The names of the exchanges, such as `binance+kucoin`."""
        return "+".join(route.exchange for route in self.providers)

    @property
    def updated_at(self) -> int:
        """The Unix second of the oldest leg."""
        return int(min(route.observed_at for route in self.providers))


def agreeing(routes: Mapping[str, Route], threshold_percent: Decimal) -> frozenset[str]:
    """Return the exchanges whose mid diverges from that of at most half of the others; 0 stands for no threshold.

    One that most others contradict means another coin. Two that contradict each other leave nobody to tell which.
    """
    mids = {name: route.rate(RateType.MID) for name, route in routes.items()}

    def is_contradicted(name: str) -> bool:
        others = [mid for other, mid in mids.items() if other != name]
        return 2 * sum(differ(mids[name], mid, threshold_percent) for mid in others) > len(others)

    return frozenset(name for name in mids if not threshold_percent or not is_contradicted(name))


def exact_mid(route: Route) -> Fraction:
    """Return the mid of a route before it is rounded."""
    numerator, denominator = route.exact(RateType.MID)
    return Fraction(numerator) / Fraction(denominator)


def _median(mids: Sequence[Fraction]) -> Decimal:
    ordered = sorted(mids)
    upper = len(ordered) // 2
    lower = upper if len(ordered) % 2 else upper - 1
    middle = (ordered[lower] + ordered[upper]) / 2
    return round_rate(Decimal(middle.numerator), Decimal(middle.denominator))
