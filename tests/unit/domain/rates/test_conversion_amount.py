"""What is an amount, and that anything else is rejected quickly."""

import time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decimals import plain
from domain.rates.conversion import parse_amount
from domain.rates.errors import InvalidAmount

REFUSED = [
    "NaN",
    "sNaN",
    "nan",
    "Infinity",
    "-Infinity",
    "inf",
    "1e400",
    "1E+1000000",
    "1e-400",
    "1e19",
    "1e-19",
    "1e" + "9" * 38,
    "9" * 5000,
    "9" * 41,
    "0." + "1" * 39,
    "true",
    "null",
    "[]",
    "{}",
    "-1",
    "-0.5",
    "-1e-18",
    "１２",
    "٣",
    "1_000",
    " 12\n",
    "12\n",
    " 12",
    "1,5",
    "0x10",
    "",
    "+1",
    ".",
    "e5",
    "1e",
    "1e1.5",
    "1.2.3",
    "--1",
    "1 000",
    "1\x00",
    "\ud800",
]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text[:20]))
def test_a_bad_amount_is_rejected_within_10_ms(text: str) -> None:
    began = time.thread_time()
    with pytest.raises(InvalidAmount):
        parse_amount(text)
    assert time.thread_time() - began < 0.010


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("10.5", "10.5"),
        ("0", "0"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("007", "7"),
        ("1e18", "1000000000000000000"),
        ("1E-18", "0.000000000000000001"),
        ("1.5e+3", "1500"),
        ("9" * 40, "9" * 40),
        ("0." + "1" * 38, "0." + "1" * 38),
        ("12345678901234567890123456789012345678.9", "12345678901234567890123456789012345678.9"),
    ],
)
def test_an_amount_is_taken_exactly(text: str, amount: str) -> None:
    assert plain(parse_amount(text)) == amount


@given(st.integers(0, 10**36 - 1), st.integers(-18, 18))
def test_every_digit_within_the_bounds_survives(digits: int, exponent: int) -> None:
    text = f"{digits}e{exponent}"
    assert Fraction(parse_amount(text)) == Fraction(text)


@given(st.text(max_size=50))
def test_any_text_is_an_exact_amount_or_rejected(text: str) -> None:
    try:
        amount = parse_amount(text)
    except InvalidAmount:
        return
    assert amount == Decimal(text)
    assert amount.is_finite()
    assert not amount.is_signed()
