"""Conversions: what an amount in one currency is worth in another.

A named tuple, because each request makes one and each batch a thousand: a frozen dataclass takes twice as long.
"""

from decimal import Decimal
from typing import NamedTuple, Self

from domain.decimals import EXACT, NUMBER
from domain.rates.book import RateType
from domain.rates.errors import InvalidAmount
from domain.rates.route import Route

MAX_AMOUNT_CHARACTERS = 40
MAX_AMOUNT_EXPONENT = 18

_multiply = EXACT.multiply


def parse_amount(text: str) -> Decimal:
    """Parse an amount exactly: 0 or more, at most 40 characters, an exponent from -18 to 18.

    The bounds are checked before any arithmetic: int(Decimal("1E+1000000")) alone would take 25 seconds.
    Raises `InvalidAmount`.
    """
    if len(text) > MAX_AMOUNT_CHARACTERS:
        raise InvalidAmount(f"must have at most {MAX_AMOUNT_CHARACTERS} characters")
    if text.isascii():  # shortcuts: most amounts are so plain, and always valid
        if text.isdigit():
            return Decimal(text)
        whole, _, fraction = text.partition(".")
        if whole.isdigit() and fraction.isdigit():
            return Decimal(text)
    match = NUMBER.fullmatch(text)
    if match is None:
        raise InvalidAmount("must be a plain decimal number, such as 10.5")
    if abs(int(match["exponent"] or 0)) > MAX_AMOUNT_EXPONENT:
        raise InvalidAmount(f"must have an exponent from -{MAX_AMOUNT_EXPONENT} to {MAX_AMOUNT_EXPONENT}")
    amount = Decimal(text)
    if amount < 0:
        raise InvalidAmount("must be 0 or more")
    return amount.copy_abs()  # "-0" is 0; abs() would round to 28 digits


class Conversion(NamedTuple):
    """What `amount` of the route's first currency is worth in its last.

    `rate` has at most 12 significant digits, and `result` is exactly `amount` times that rate.
    """

    amount: Decimal
    route: Route
    rate_type: RateType
    rate: Decimal
    result: Decimal

    @classmethod
    def along(cls, route: Route, amount: Decimal, rate_type: RateType) -> Self:
        """Convert `amount` along `route`."""
        rate = route.rate(rate_type)
        # Half the time of a call of the class.
        return tuple.__new__(cls, (amount, route, rate_type, rate, _multiply(amount, rate)))

    @property
    def updated_at(self) -> int:
        """The Unix second in which the oldest leg was observed."""
        return int(self.route.observed_at)
