"""How numbers are written, and the one rounding that there is."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decimals import plain
from domain.rates.rounding import round_rate
from tests.unit.domain.rates.brute_force import rounded

PLAIN = re.compile(r"0|-?(?:[1-9][0-9]*(?:\.[0-9]*[1-9])?|0\.[0-9]*[1-9])")

numbers = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent - len(digits.lstrip("-"))),
    st.integers(-(10**40), 10**40).map(str),
    st.integers(-30, 30),
)
prices = st.builds(
    lambda digits, exponent: Decimal(f"{digits}E{exponent}"), st.integers(1, 10**20), st.integers(-30, 10)
)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.000000010", "0.00000001"),
        ("1.2E+3", "1200"),
        ("5.3E-10", "0.00000000053"),
        ("821.00", "821"),
        ("100", "100"),
        ("0", "0"),
        ("0.000", "0"),
        ("0E+7", "0"),
        ("-0.00", "0"),
        ("1E-30", "0.000000000000000000000000000001"),
        ("1E+30", "1000000000000000000000000000000"),
        ("1234567890123456789012345678901234567890.50", "1234567890123456789012345678901234567890.5"),
    ],
)
def test_a_number_is_written_plainly(number: str, text: str) -> None:
    assert plain(Decimal(number)) == text


@given(numbers)
def test_what_is_written_reads_back_as_the_same_number_without_exponent_or_trailing_zeros(number: Decimal) -> None:
    text = plain(number)
    assert PLAIN.fullmatch(text)
    assert Decimal(text) == number


@given(prices, prices)
def test_a_quotient_is_rounded_once_half_even_to_12_significant_digits(
    numerator: Decimal, denominator: Decimal
) -> None:
    assert Fraction(round_rate(numerator, denominator)) == rounded(Fraction(numerator) / Fraction(denominator))


@pytest.mark.parametrize(
    ("numerator", "rate"),
    [
        ("1.000000000005", "1"),
        ("1.000000000015", "1.00000000002"),
        ("1.0000000000050000000000000000000000000000001", "1.00000000001"),
        ("999999999999.5", "1000000000000"),
    ],
)
def test_a_tie_goes_to_the_even_digit(numerator: str, rate: str) -> None:
    assert plain(round_rate(Decimal(numerator), Decimal(1))) == rate
