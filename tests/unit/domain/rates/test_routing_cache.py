"""The routes of one market, kept."""

from dataclasses import replace

import pytest

from domain.currency import Currency
from domain.rates import routing
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import NOWHERE, Routes, find_route

MARKET = MarketSnapshot(
    Instruments.of("binance", [("TRXUSDT", "TRX", "USDT"), ("ADAUSDT", "ADA", "USDT")], 1.0),
    BookTickers.of("binance", [("TRXUSDT", "0.1", "0.2"), ("ADAUSDT", "0.3", "0.4")], 2.0),
)
TRX, ADA, USDT, NOPE = map(Currency, ("TRX", "ADA", "USDT", "NOPE"))


@pytest.mark.parametrize("max_legs", [1, 2, 3])
@pytest.mark.parametrize(("one", "other"), [(TRX, USDT), (USDT, TRX), (TRX, ADA), (TRX, TRX), (TRX, NOPE)])
def test_cached_routes_are_what_the_search_finds(one: Currency, other: Currency, max_legs: int) -> None:
    routes = Routes(MARKET)
    found = find_route(MARKET, one, other, max_legs)
    assert routes.find(one, other, max_legs) == found
    assert routes.find(one, other, max_legs) == found


@pytest.mark.parametrize(
    ("one", "other", "max_legs", "place"),
    [(TRX, USDT, 3, 0), (TRX, TRX, 3, 0), (TRX, ADA, 3, 1), (TRX, ADA, 1, NOWHERE), (TRX, NOPE, 3, NOWHERE)],
)
def test_the_first_search_that_finds_a_route_is_kept_with_it(
    one: Currency, other: Currency, max_legs: int, place: int
) -> None:
    routes = Routes(MARKET)
    expected = (place, find_route(MARKET, one, other, max_legs))
    assert routes.first(one, other, max_legs) == expected
    assert routes.first(one, other, max_legs) == expected


def test_a_price_that_is_held_back_comes_first_without_a_route() -> None:
    routes = Routes(MarketSnapshot(MARKET.instruments, replace(MARKET.book_tickers, held_back={"TRXUSDT": 1.0})))
    assert routes.first(TRX, USDT, 3) == (0, None)


def test_a_route_that_was_found_is_not_searched_for_again() -> None:
    routes = Routes(MARKET)
    assert routes.find(TRX, ADA) is routes.find(TRX, ADA)


def test_the_number_of_cached_routes_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "MAX_CACHED_ROUTES", 10)
    routes = Routes(MARKET)
    for number in range(1000):
        assert routes.find(TRX, Currency(f"N{number}")) is None
        routes.first(Currency(f"N{number}"), TRX, number)
        assert len(routes._found) <= 10
        assert len(routes._first) <= 10
    assert routes.find(TRX, ADA) == find_route(MARKET, TRX, ADA)
