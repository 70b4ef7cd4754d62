"""An exchange's prices of money beside the bank's."""

from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.rates.money_prices import MOST_APART, coins_under_money, dollar_price
from domain.rates.routing import Routes
from tests.unit.domain.rates.markets import market
from tests.unit.domain.rates.publications import publication


def routes(*books: tuple[str, str, str]) -> Routes:
    listed = [(name, name.partition("/")[0], name.partition("/")[2]) for name, _, _ in books]
    return Routes(market(listed, list(books)))


def times(**prices: str) -> dict[str, float]:
    found = coins_under_money({Currency(code): Decimal(price) for code, price in prices.items()}, publication())
    return {str(code): float(each) for code, each in found.items()}


@pytest.mark.parametrize(
    ("books", "price"),
    [
        ([("EUR/USDT", "1.1", "1.1")], "1.1"),
        ([("USDT/TRY", "20", "20")], "0.05"),
        ([("EUR/USDC", "1.1", "1.1")], "1.1"),
        ([("EUR/BTC", "0.0001", "0.0001"), ("BTC/USDT", "11000", "11000")], "1.1"),
        ([("EUR/USDC", "2", "2"), ("EUR/USD", "3", "3")], "2"),
        ([("EUR/BTC", "1", "1")], None),
    ],
)
def test_money_costs_what_a_conversion_to_a_dollar_would_say(
    books: list[tuple[str, str, str]], price: str | None
) -> None:
    code = "TRY" if "TRY" in books[0][0] else "EUR"
    assert dollar_price(routes(*books), Currency(code)) == (None if price is None else Decimal(price))


def test_a_code_far_from_the_bank_s_rate_is_a_coin_s() -> None:
    assert times(EUR="1.09", GBP="1.24", TRY="0.0002", BRL="0.21") == {"TRY": pytest.approx(0.00388, rel=0.01)}
    assert times(RON="3.1") == {"RON": pytest.approx(13.94, rel=0.01)}


def test_what_differs_as_money_does_in_a_crisis_is_money() -> None:
    at_bank = Decimal("1.0972")
    assert times(EUR=str(at_bank * MOST_APART), GBP="1.24") == {}
    assert times(EUR=str(at_bank * MOST_APART + Decimal("0.0001")), GBP="1.24").keys() == {"EUR"}
    assert times(EUR=str(at_bank / MOST_APART - Decimal("0.0001")), GBP="1.24").keys() == {"EUR"}


def test_a_dollar_that_contradicts_most_of_the_money_has_moved_itself() -> None:
    assert times(EUR="2.2", GBP="2.5", TRY="0.1") == {}
    assert times(EUR="2.2", GBP="2.5", TRY="0.0516", BRL="0.2") == {
        "EUR": pytest.approx(2, 0.1),
        "GBP": pytest.approx(2, 0.1),
    }


def test_the_dollar_itself_is_compared_where_another_stands_for_it() -> None:
    assert dollar_price(routes(("USDT/USD", "1", "1")), Currency("USD")) == 1
    assert times(USD="0.02", EUR="1.09").keys() == {"USD"}


def test_what_the_bank_does_not_know_is_not_compared() -> None:
    assert times(NGN="5000", USDT="3") == {}
