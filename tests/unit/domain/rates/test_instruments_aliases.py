"""A second name that the exchange itself gives is found where it is unambiguous."""

import pytest

from domain.currency import Currency
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import find_route

LISTED = [("RNDR-USDT", "RNDR", "USDT"), ("BTC-USDT", "BTC", "USDT")]
RENDER, RNDR, USDT, BTC = map(Currency, ("RENDER", "RNDR", "USDT", "BTC"))


def market(*aliases: tuple[str, str], listed: list[tuple[str, str, str]] = LISTED) -> MarketSnapshot:
    instruments = Instruments.of("kucoin", listed, 1.0, aliases=aliases)
    return MarketSnapshot(instruments, BookTickers.of("kucoin", [(row[0], "2", "2") for row in listed], 1.0))


@pytest.mark.parametrize(("start", "end"), [(RENDER, USDT), (USDT, RENDER), (RENDER, BTC), (BTC, RENDER)])
def test_both_names_lead_over_the_same_market_and_the_answer_keeps_the_one_asked_for(
    start: Currency, end: Currency
) -> None:
    made = market(("RENDER", "RNDR"))
    found = find_route(made, start, end)
    by_code = find_route(made, RNDR if start == RENDER else start, RNDR if end == RENDER else end)
    assert found is not None
    assert by_code is not None
    assert found.legs == by_code.legs
    assert "RNDR-USDT" in [leg.symbol for leg in found.legs]
    assert (found.currency_from, found.currency_to) == (start, end)
    assert found.uses_second_name
    assert not by_code.uses_second_name
    assert made.instruments.lists(RENDER)
    assert made.instruments.between(RENDER, USDT) == ("RNDR-USDT",)


@pytest.mark.parametrize(
    "aliases",
    [
        [],
        [("BTC", "RNDR")],  # a ticker of its own
        [("btc", "RNDR")],
        [("RENDER", "RNDR"), ("RENDER", "BTC")],  # of two coins
        [("REN DER", "RNDR")],
    ],
)
def test_a_second_name_that_could_mean_something_else_is_none(aliases: list[tuple[str, str]]) -> None:
    made = market(*aliases)
    assert made.instruments.aliases == {"XBT": "BTC"}
    assert find_route(made, RENDER, USDT) is None
    found = find_route(made, BTC, USDT)
    assert found is not None
    assert [leg.symbol for leg in found.legs] == ["BTC-USDT"]


def test_a_halted_coin_keeps_its_name_from_being_the_second_of_another() -> None:
    halted = [("RENDER-USDT", "RENDER", "USDT")]
    made = Instruments.of("kucoin", LISTED, 1.0, halted=halted, aliases=[("RENDER", "RNDR")])
    assert not made.lists(RENDER)


def test_a_coin_under_both_of_its_names_is_worth_itself_and_says_so() -> None:
    found = find_route(market(("RENDER", "RNDR")), RENDER, RNDR)
    assert found is not None
    assert (found.legs, found.uses_second_name) == ((), True)
