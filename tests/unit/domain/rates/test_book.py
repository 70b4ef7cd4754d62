"""A book that could mislead is no book."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given

from domain.rates.book import TopOfBook
from domain.rates.errors import InvalidBook
from tests.unit.domain.rates.markets import book_tickers

INSANE = {
    "bid is zero": ("0", "1"),
    "ask is zero": ("1", "0"),
    "both are zero": ("0.00000000", "0.00000000"),
    "bid is negative": ("-1", "1"),
    "both are negative": ("-2", "-1"),
    "zero with a sign": ("-0", "1"),
    "crossed": ("2", "1"),
    "crossed by a hair": ("1.000000000000000000000000000001", "1"),
    "bid is NaN": ("NaN", "1"),
    "ask is NaN": ("1", "NaN"),
    "bid is a signalling NaN": ("sNaN", "1"),
    "ask is a signalling NaN": ("1", "sNaN"),
    "NaN with a payload": ("1", "NaN123"),
    "ask is infinite": ("1", "Infinity"),
    "both are infinite": ("inf", "inf"),
    "bid is minus infinity": ("-inf", "1"),
    "too long": ("0." + "0" * 38 + "1", "1"),
    "ask too long": ("1", "1" * 41),
    "exponent beyond any price": ("1", "1e400"),
    "exponent below any price": ("1e-400", "1"),
    "exponent that would take seconds": ("1E+1000000", "1E+1000000"),
    "exponent that no Decimal has": ("1", "1E+9999999999999999999"),
    "just too low": ("9.99E-31", "1"),
    "just too high": ("1", "1.01E+30"),
    "empty": ("", "1"),
    "words": ("1", "none"),
    "hexadecimal": ("0x10", "0x11"),
    "decimal comma": ("1,5", "1,6"),
    "lone surrogate": ("\ud800", "1"),
}


@pytest.mark.parametrize(("bid", "ask"), INSANE.values(), ids=INSANE.keys())
def test_an_insane_book_is_rejected(bid: str, ask: str) -> None:
    with pytest.raises(InvalidBook):
        TopOfBook.parse(bid, ask)


def test_prices_are_read_digit_by_digit() -> None:
    book = TopOfBook.parse("0.00000053000000000000000000001", "16000.10")
    assert (str(book.bid), str(book.ask)) == ("5.3000000000000000000001E-7", "16000.10")


def test_bid_and_ask_may_be_the_same() -> None:
    assert TopOfBook.parse("5", "5").mid == 5


@pytest.mark.parametrize("price", ["1e-30", "1e30"])
def test_the_bounds_themselves_are_prices(price: str) -> None:
    assert TopOfBook.parse(price, price).bid == Decimal(price)


@given(book_tickers())
def test_mid_is_the_exact_middle_and_lies_between_bid_and_ask(book: TopOfBook) -> None:
    assert Fraction(book.mid) == (Fraction(book.bid) + Fraction(book.ask)) / 2
    assert book.bid <= book.mid <= book.ask


@pytest.mark.parametrize("bad", ["NaN", "sNaN", "Infinity", "-1", "0"])
def test_a_book_is_as_strict_when_it_is_made_of_decimals(bad: str) -> None:
    with pytest.raises(InvalidBook):
        TopOfBook(Decimal(bad), Decimal(1))
