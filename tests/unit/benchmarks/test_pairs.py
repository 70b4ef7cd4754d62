"""The pairs that a benchmark converts."""

import pytest
from benchmarks.pairs import bodies, ends_by_legs, simulated_market

from domain.currency import Currency
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import find_route
from entrypoints.http.rates.schemas import ConvertRequest


@pytest.fixture(scope="module")
def market() -> MarketSnapshot:
    return simulated_market(800)


@pytest.mark.parametrize("legs", [1, 2, 3])
def test_drawn_pairs_need_the_stated_number_of_legs(market: MarketSnapshot, legs: int) -> None:
    ends = ends_by_legs(market, 20)[legs]
    assert len(ends) == 20
    for currency_from, currency_to in ends:
        route = find_route(market, currency_from, currency_to)
        assert route is not None
        assert len(route.legs) == legs


def test_the_same_pairs_are_drawn_every_time(market: MarketSnapshot) -> None:
    assert ends_by_legs(market, 10) == ends_by_legs(market, 10)


def test_all_questions_differ_and_are_valid() -> None:
    asked = bodies([(Currency("BTC"), Currency("USDT"))] * 3, 1000)
    assert len(set(asked)) == 3
    for body in asked:
        assert ConvertRequest.model_validate_json(body).cache_max_seconds == 1000
