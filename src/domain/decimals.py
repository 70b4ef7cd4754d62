"""Exact arithmetic, the one rounding that a rate gets, and how numbers are written."""

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal

RATE_DIGITS = 12

# Sums and products in this context are never rounded, whatever their length. Never divide in it:
# a quotient that does not end would be carried to 10**18 digits.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)

_RATE = Context(prec=RATE_DIGITS, rounding=ROUND_HALF_EVEN)


# What Decimal itself takes is more than a number: 1_000, " 1", digits of any script, NaN.
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE](?P<exponent>[+-]?[0-9]+))?", re.ASCII)


def rate_of(numerator: Decimal, denominator: Decimal) -> Decimal:
    """Return the quotient, rounded once, half-even, to 12 significant digits."""
    return _RATE.divide(numerator, denominator)


def plain(number: Decimal) -> str:
    """Write `number` without exponent and without trailing zeros: 0.00000001, 1200, 0."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
