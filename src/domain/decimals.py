"""Exact decimal arithmetic, and plain notation."""

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal

# Sums and products in this context are never rounded, whatever their length. Never divide in it:
# a quotient that never terminates would be computed to 10**18 digits.
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


# Stricter than `Decimal`, which also accepts 1_000, " 1", NaN and digits of any script.
NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE](?P<exponent>[+-]?[0-9]+))?", re.ASCII)


def plain(number: Decimal) -> str:
    """Format `number` without an exponent or trailing zeros: 0.00000001, 1200, 0."""
    text = str(number)  # three times as fast as the format, and the same unless it has an exponent
    if "E" in text:
        text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
