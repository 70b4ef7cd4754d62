"""Rates are rounded as Frankfurter rounds them, once, and never to 0."""

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
        ("123456789012345678901234567890.5", "123456789012345678901234567890"),
        ("5000.123456", "5000"),
        ("4999.123456", "4999.12"),
        ("80.123456", "80.12"),
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
    assert rounded(Decimal(value)) == Decimal(expected)


def test_one_euro_is_worth_what_the_bank_published() -> None:
    asked = Asked(Decimal(1), EUR, None)
    rates = publication(IDR="16319.23")
    assert bank_rates(rates, asked)["IDR"] == 16319.23
    assert list(bank_rates(rates, asked)) == sorted(rates.per_euro)


def test_other_amounts_and_bases_are_computed_from_the_euro_and_rounded_once() -> None:
    rates = publication()  # one euro is 1.0972 dollars, 0.88143 pounds, 146.89 yen
    assert bank_rates(rates, Asked(Decimal(10), EUR, (USD, GBP))) == {"GBP": 8.8143, "USD": 10.972}
    assert bank_rates(rates, Asked(Decimal(1), USD, (EUR, JPY, USD))) == {"EUR": 0.91141, "JPY": 133.88}
    # Frankfurter rounds 0.010972 and 1.4689 first, and so answers 1.33901.
    assert bank_rates(rates, Asked(Decimal("0.01"), USD, (JPY,))) == {"JPY": 1.3388}


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
