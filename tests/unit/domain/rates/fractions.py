"""Rounding of fractions, written without the service's own."""

from fractions import Fraction

DIGITS = 12


def rounded_half_even(exact: Fraction, digits: int = DIGITS) -> Fraction:
    """Round to significant digits, half-even."""
    if not exact:
        return exact
    exponent = 0
    while abs(exact) * Fraction(10) ** -exponent >= 10:
        exponent += 1
    while abs(exact) * Fraction(10) ** -exponent < 1:
        exponent -= 1
    unit = Fraction(10) ** (exponent - digits + 1)
    return round(exact / unit) * unit  # Python rounds fractions half-even
