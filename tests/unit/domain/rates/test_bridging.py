from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.bridging import BridgedRoutes, find_bridged_route
from domain.rates.route import Route
from domain.rates.routing import Routes
from domain.rates.spread import SpreadBounds
from tests.unit.domain.rates.markets import OBSERVED_AT, market
from tests.unit.domain.rates.publications import publication


def routes_over(**books: tuple[str, str]) -> Routes:
    """Take BTC_EUR="1", "2" for bid and ask."""
    listed = [(name, *name.split("_")) for name in books]
    quoted = [(name, bid, ask) for name, (bid, ask) in books.items()]
    return Routes(market(listed, quoted, bounds=SpreadBounds(Decimal(50), Decimal(5))))  # type: ignore[arg-type]  # split() makes lists


def found(routes: Routes, sold: str, bought: str, max_legs: int = 3, *, only_tight: bool = False) -> Route | None:
    return find_bridged_route(routes, publication(), Currency(sold), Currency(bought), max_legs, only_tight=only_tight)


def symbols(route: Route | None) -> list[str]:
    assert route is not None
    return [leg.symbol for leg in route.legs]


def test_the_bank_completes_what_an_exchange_begins() -> None:
    route = found(routes_over(BTC_EUR=("27500", "27501")), "BTC", "USD")
    assert symbols(route) == ["BTC_EUR", "EUR/USD"]
    assert route is not None
    assert (route.exchange, route.observed_at) == ("binance+ecb", OBSERVED_AT)
    assert route.rate(RateType.MID) == Decimal("30173.5486000")  # 27500.5 x 1.0972
    assert route.rate(RateType.EXECUTABLE) == Decimal("30173.0000000")  # 27500 x 1.0972


def test_the_bank_begins_what_an_exchange_completes() -> None:
    route = found(routes_over(BTC_EUR=("27500", "27501")), "USD", "BTC")
    assert symbols(route) == ["EUR/USD", "BTC_EUR"]
    assert route is not None
    assert route.rate(RateType.EXECUTABLE) == Decimal("0.0000331410081094")  # 1 / 1.0972 / 27501


def test_between_two_others_the_bank_has_two_rates() -> None:
    assert symbols(found(routes_over(BTC_TRY=("585000", "585001")), "BTC", "USD")) == ["BTC_TRY", "EUR/TRY", "EUR/USD"]


def test_the_smallest_spread_decides_whatever_the_price() -> None:
    books = {"BTC_EUR": ("27500", "27600"), "BTC_TRY": ("1", "1.001"), "BTC_GBP": ("24000", "24100")}
    assert symbols(found(routes_over(**books), "BTC", "USD"))[0] == "BTC_TRY"


def test_fewer_legs_on_the_exchange_come_first_then_the_alphabet() -> None:
    direct = {"BTC_GBP": ("100", "104"), "BTC_EUR": ("200", "208")}
    detour = {"BTC_USDT": ("300", "300.01"), "USDT_TRY": ("19", "19.001")}
    assert symbols(found(routes_over(**detour, **direct), "BTC", "USD"))[0] == "BTC_EUR"
    assert symbols(found(routes_over(**detour), "BTC", "USD"))[:2] == ["BTC_USDT", "USDT_TRY"]
    assert found(routes_over(**detour), "BTC", "USD", max_legs=1) is None


def test_a_wide_market_is_used_only_where_wide_ones_are_searched_and_an_unpriced_one_never() -> None:
    wide = routes_over(BTC_EUR=("100", "110"))
    assert found(wide, "BTC", "USD", only_tight=True) is None
    assert symbols(found(wide, "BTC", "USD"))[0] == "BTC_EUR"
    assert found(routes_over(BTC_EUR=("100", "180")), "BTC", "USD") is None


@pytest.mark.parametrize(("sold", "bought"), [("BTC", "ETH"), ("EUR", "USD"), ("GBP", "USD"), ("BTC", "RUB")])
def test_nothing_is_found_unless_one_currency_alone_is_the_bank_s(sold: str, bought: str) -> None:
    assert found(routes_over(BTC_EUR=("1", "1"), BTC_USDT=("1", "1"), ETH_USDT=("1", "1")), sold, bought) is None


def test_a_stablecoin_is_not_the_dollar() -> None:
    assert found(routes_over(BTC_USDT=("30000", "30001")), "BTC", "USD") is None


def test_routes_are_cached_for_their_market() -> None:
    bridged, routes = BridgedRoutes(publication()), routes_over(BTC_EUR=("27500", "27501"))
    ends = Currency("BTC"), Currency("USD")
    first = bridged.find(routes, *ends, 3, only_tight=False)
    assert first is not None
    assert bridged.find(routes, *ends, 3, only_tight=False) is first
    assert bridged.find(routes_over(BTC_EUR=("27500", "27501")), *ends, 3, only_tight=False) is not first
