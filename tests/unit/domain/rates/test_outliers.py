"""Which prices have jumped, what confirms them, and that a price that is held back is no price."""

from dataclasses import replace
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currency import Currency
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.outliers import are_apart, is_confirmed, jumped
from domain.rates.route import Leg, Route
from domain.rates.routing import Routes, find_route
from tests.unit.domain.rates.markets import CURRENCIES, OBSERVED_AT, Row, market, small_markets

PRICES = st.sampled_from(["0.00000007", "0.5", "1", "1.1999", "1.2001", "2", "30", "65000.12"])
ROWS = st.dictionaries(st.sampled_from([f"S{number}" for number in range(12)]), PRICES, min_size=1)


def book_tickers(prices: dict[str, str]) -> BookTickers:
    return BookTickers.of("binance", [(symbol, price, price) for symbol, price in prices.items()], OBSERVED_AT)


@given(ROWS, ROWS)
def test_a_price_has_jumped_if_the_higher_exceeds_the_lower_by_more_than_the_bound(
    before: dict[str, str], now: dict[str, str]
) -> None:
    known = {symbol: float(price) for symbol, price in before.items()}
    expected = []
    for symbol, price in now.items():
        low, high = sorted((Fraction(before.get(symbol, price)), Fraction(price)))
        if high > low * Fraction(6, 5):
            expected.append(symbol)
    assert jumped(book_tickers(now).by_symbol, known, 20) == expected


@given(st.floats(1e-12, 1e12), st.floats(1e-12, 1e12), st.floats(0, 1000))
def test_neither_of_two_prices_counts_as_the_right_one(one: float, other: float, percent: float) -> None:
    assert are_apart(one, other, percent) == are_apart(other, one, percent)
    assert not are_apart(one, one, percent)


def test_a_witness_confirms_a_price_that_is_about_its_own() -> None:
    assert not is_confirmed(40, [], 20)
    assert not is_confirmed(40, [100, 0.4], 20)
    assert is_confirmed(40, [100, 45], 20)


@given(small_markets(), st.sets(st.integers(0, 20)), st.sampled_from([1, 2, 3]))
def test_what_is_held_back_counts_as_missing_for_every_route(
    rows: tuple[list[Row], list[Row]], places: set[int], max_legs: int
) -> None:
    listed, quoted = rows
    held_back = {symbol: 1.0 for place, (symbol, _, _) in enumerate(quoted) if place in places}
    whole = market(listed, quoted)
    in_books = {symbol: mid for symbol, mid in held_back.items() if symbol in whole.book_tickers.by_symbol}
    screened = MarketSnapshot(whole.instruments, replace(whole.book_tickers, held_back=in_books))
    try:
        without = market(listed, [row for row in quoted if row[0] not in held_back])
    except NothingTradable:
        assert not screened.costs
        return
    for ends in permutations(map(Currency, CURRENCIES), 2):
        found, expected = find_route(screened, *ends, max_legs), find_route(without, *ends, max_legs)
        assert symbols(found) == symbols(expected)


def symbols(route: Route | None) -> list[str] | None:
    return None if route is None else [leg.symbol for leg in route.legs if isinstance(leg, Leg)]


@pytest.mark.parametrize(("held", "told"), [({"AB": 1.0}, True), ({}, False)])
def test_a_route_that_lacks_only_a_confirmation_is_told_from_one_that_does_not_exist(
    held: dict[str, float], *, told: bool
) -> None:
    listed: list[Row] = [("AB", "ADA", "BTC"), ("XE", "XRP", "ETH")]
    quoted: list[Row] = [("XE", "1", "1")] if not held else [("AB", "9", "9"), ("XE", "1", "1")]
    books = replace(BookTickers.of("binance", quoted, OBSERVED_AT), held_back=held)
    routes = Routes(MarketSnapshot(Instruments.of("binance", listed, OBSERVED_AT), books))
    ada, btc = routes.market.instruments.pairs.ends["AB"]
    assert routes.find(ada, btc) is None
    assert routes.lacks_only_confirmation(ada, btc) is told
