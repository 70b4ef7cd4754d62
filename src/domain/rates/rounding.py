"""How a rate is rounded: once, half-even, to 12 significant digits."""

from decimal import ROUND_HALF_EVEN, Context, Decimal

RATE_DIGITS = 12

_RATE = Context(prec=RATE_DIGITS, rounding=ROUND_HALF_EVEN)


def round_rate(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Return the quotient, rounded once, half-even, to 12 significant digits."""
    return _RATE.divide(numerator, denominator)
