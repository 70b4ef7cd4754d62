"""Rates as Frankfurter writes them: JSON numbers, with fewer decimals the larger they are."""

from collections.abc import Collection
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from domain.currency import Currency
from domain.decimals import EXACT
from domain.rates.conversion import Conversion
from domain.rates.reference_rates import ENDED, EUR, ReferenceRates
from domain.rates.rounding import round_rate

_ONE = Decimal(1)

# The decimals of what is larger than a bound. Of the rest, there are six.
_DECIMALS = (
    (Decimal(5000), Decimal(1)),
    (Decimal(80), Decimal("0.01")),
    (Decimal(20), Decimal("0.001")),
    (Decimal(1), Decimal("0.0001")),
    (Decimal("0.0001"), Decimal("0.00001")),
)
_SMALLEST = Decimal("0.000001")


# Floats are not whole numbers beyond, and JSON writers refuse such integers.
MOST_EXACT = 2**53


class Asked(NamedTuple):
    """What a client wants to know. None as `symbols` are all of the bank's currencies."""

    amount: Decimal
    base: Currency
    symbols: tuple[Currency, ...] | None

    def others(self, known: Collection[Currency]) -> list[Currency]:
        """Return what is asked for, in order, without the base: all that are `known` where nothing is named."""
        return sorted(set(known if self.symbols is None else self.symbols) - {self.base})

    def may_have_been_in(self, newest: ReferenceRates) -> bool:
        """Tell whether any of the bank's publications may have the base and something else that is asked for."""
        ever = {EUR, *newest.currencies, *ENDED}
        return self.base in ever and not ever.isdisjoint(self.others(ever))


def bank_rates(rates: ReferenceRates, asked: Asked) -> dict[str, float]:
    """Return what the amount is worth in each of the bank's currencies that is asked for: none without the base."""
    if asked.base not in rates:
        return {}
    as_published = asked.amount == 1 and asked.base == EUR
    wanted = [code for code in asked.others(rates.currencies) if code in rates]
    divisor = _per_euro(rates, asked.base)
    worth = ((code, EXACT.multiply(asked.amount, _per_euro(rates, code))) for code in wanted)
    return {str(code): float(each if as_published else rounded(each / divisor)) for code, each in worth}


def live_rate(conversion: Conversion, amount: Decimal) -> float:
    """Return what the amount is worth, to 12 significant digits: a coin may be worth less than six decimals show."""
    return float(round_rate(EXACT.multiply(amount, conversion.rate), _ONE))


def rounded(value: Decimal) -> Decimal:
    """Round as Frankfurter does, but never to 0."""
    step = next((step for bound, step in _DECIMALS if value > bound), _SMALLEST)
    return value.quantize(step, ROUND_HALF_EVEN, EXACT) or round_rate(value, _ONE)


def number(value: float) -> int | float:
    """Return the number as Frankfurter writes it: what is over 5000 has no decimals, as far as floats are exact."""
    return int(value) if _DECIMALS[0][0] < value < MOST_EXACT and value.is_integer() else value


def _per_euro(rates: ReferenceRates, code: Currency) -> Decimal:
    return _ONE if code == EUR else rates.per_euro[code]
