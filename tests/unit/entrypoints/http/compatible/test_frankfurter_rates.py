"""Rates are rounded as Frankfurter rounds them, and never to 0."""

from decimal import Decimal

import orjson
import pytest

from domain.currency import Currency
from domain.rates.reference_rates import EUR
from entrypoints.http.compatible.frankfurter_rates import Asked, bank_rates, number, rounded
from tests.unit.domain.rates.publications import publication

USD, GBP, JPY = Currency("USD"), Currency("GBP"), Currency("JPY")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5000.123456", "5000"),
        ("5000.5", "5001"),
        ("123456789012345678", "123456789012345678"),
        ("4999.123456", "4999.12"),
        ("80.123456", "80.12"),
        ("111.465", "111.46"),
        ("2.13875", "2.1388"),
        ("79.123456", "79.123"),
        ("20.123456", "20.123"),
        ("19.123456", "19.1235"),
        ("1.123456", "1.1235"),
        ("0.123456", "0.12346"),
        ("0.0000655", "0.000066"),
        ("0.000000123456", "0.000000123456"),
    ],
)
def test_larger_rates_have_fewer_decimals(value: str, expected: str) -> None:
    assert rounded(float(value)) == float(expected)


def test_one_euro_is_worth_what_the_bank_published() -> None:
    asked = Asked(Decimal(1), EUR, None)
    rates = publication(IDR="16319.23")
    assert bank_rates(rates, asked)["IDR"] == 16319.23
    assert list(bank_rates(rates, asked)) == sorted(rates.per_euro)


def test_other_amounts_and_bases_are_computed_from_the_euro() -> None:
    rates = publication()  # one euro is 1.0972 dollars, 0.88143 pounds, 146.89 yen
    assert bank_rates(rates, Asked(Decimal(10), EUR, (USD, GBP))) == {"GBP": 8.8143, "USD": 10.972}
    assert bank_rates(rates, Asked(Decimal(1), USD, (EUR, JPY, USD))) == {"EUR": 0.91141, "JPY": 133.88}
    # Below 1, the original rounds 0.010972 and 1.4689 first, and so answers 1.339.
    assert bank_rates(rates, Asked(Decimal("0.01"), USD, (JPY,))) == {"JPY": 1.3388}


@pytest.mark.parametrize(
    ("amount", "base", "expected"),
    [
        ("1.37", "USD", {"CZK": 29.184, "EUR": 1.2486, "GBP": 1.1006, "HUF": 464.08, "IDR": 20380.0, "SEK": 14.1036}),
        ("2.5", "EUR", {"CZK": 58.432, "GBP": 2.2036, "HUF": 929.2, "IDR": 40804.0, "SEK": 28.239, "USD": 2.743}),
        ("10", "HUF", {"CZK": 0.62885, "EUR": 0.0269, "GBP": 0.02371, "IDR": 439.13, "SEK": 0.30392, "USD": 0.02952}),
        ("1", "IDR", {"CZK": 0.00143, "EUR": 6.1e-05, "GBP": 5.4e-05, "HUF": 0.02277, "SEK": 0.00069, "USD": 6.7e-05}),
    ],
)
def test_from_one_on_the_digits_are_those_that_the_original_computed(
    amount: str, base: str, expected: dict[str, float]
) -> None:
    asked = Asked(Decimal(amount), Currency(base), tuple(map(Currency, expected)))
    assert bank_rates(publication(IDR="16321.57"), asked) == expected


def test_what_the_bank_does_not_have_is_left_out() -> None:
    assert bank_rates(publication(), Asked(Decimal(1), EUR, (Currency("BTC"),))) == {}
    assert bank_rates(publication(), Asked(Decimal(1), Currency("BTC"), None)) == {}


@pytest.mark.parametrize(
    ("base", "symbols", "expected"),
    [
        ("EUR", None, True),
        ("EUR", ("ZZZ", "USD"), True),
        ("BGN", ("TRL",), True),  # both ended
        ("EUR", ("ZZZ",), False),
        ("ZZZ", ("USD",), False),
        ("EUR", ("EUR",), False),
        ("EUR", (), False),
    ],
)
def test_what_no_publication_can_have_is_known_beforehand(
    base: str, symbols: tuple[str, ...] | None, expected: bool
) -> None:
    wanted = None if symbols is None else tuple(map(Currency, symbols))
    assert Asked(Decimal(1), Currency(base), wanted).may_have_been_in(publication()) == expected


def test_numbers_over_5000_without_decimals_are_whole() -> None:
    assert repr(number(16319.0)) == "16319"
    assert repr(number(16319.23)) == "16319.23"
    assert repr(number(10.0)) == "10.0"
    assert orjson.loads(orjson.dumps(number(1e19))) == 1e19
