"""Rates as Frankfurter writes them: JSON numbers, with fewer decimals the larger they are, and computed in floats."""

import math
from collections.abc import Collection
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from domain.currency import Currency
from domain.decimals import EXACT
from domain.rates.conversion import Conversion
from domain.rates.reference_rates import ENDED, EUR, ReferenceRates
from domain.rates.rounding import round_rate

_ONE = Decimal(1)
_HALF = 0.5

# The decimals of what is larger than a bound. Of the rest, there are six.
_DECIMALS = (
    (80, Decimal("0.01")),
    (20, Decimal("0.001")),
    (1, Decimal("0.0001")),
    (0.0001, Decimal("0.00001")),
)
_SMALLEST = Decimal("0.000001")
_WHOLE_BEYOND = 5000

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
    wanted = [code for code in asked.others(rates.currencies) if code in rates]
    amount = float(asked.amount)
    if asked.base == EUR:
        worth = {str(code): amount * float(rates.per_euro[code]) for code in wanted}
        return worth if asked.amount == 1 else {code: rounded(each) for code, each in worth.items()}
    divisor = _of_euros(rates, amount, asked.base)
    return {str(code): rounded(amount * _of_euros(rates, amount, code) / divisor) for code in wanted}


def live_rate(conversion: Conversion, amount: Decimal) -> float:
    """Return what the amount is worth, to 12 significant digits: a coin may be worth less than six decimals show."""
    return float(round_rate(EXACT.multiply(amount, conversion.rate), _ONE))


def rounded(value: float) -> float:
    """Round as Frankfurter does, but never to 0."""
    if value > _WHOLE_BEYOND:  # half up, as Ruby rounds to whole numbers
        return float(math.floor(value) + (value % 1 >= _HALF))
    # As Ruby formats floats: half to even, of 15 digits. 111.465 is 111.46, though its float is a little larger.
    step = next((step for bound, step in _DECIMALS if value > bound), _SMALLEST)
    return float(Decimal(f"{value:.15g}").quantize(step, ROUND_HALF_EVEN)) or float(f"{value:.12g}")


def number(value: float) -> int | float:
    """Return the number as Frankfurter writes it: what is over 5000 has no decimals, as far as floats are exact."""
    return int(value) if _WHOLE_BEYOND < value < MOST_EXACT and value.is_integer() else value


def _of_euros(rates: ReferenceRates, amount: float, code: Currency) -> float:
    """Return what so many euros are worth, rounded already, as Frankfurter does before it divides by the base.

    Amounts below 1 are not: it would leave them few digits, or none.
    """
    if code == EUR:
        return amount
    worth = amount * float(rates.per_euro[code])
    return worth if amount < 1 else rounded(worth)
