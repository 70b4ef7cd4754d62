"""Which way a conversion goes, by examples that others got wrong."""

import pytest

from domain.currency import Currency
from domain.decimals import plain
from domain.pair import Side
from domain.rates.book import RateType
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.route import Route
from domain.rates.routing import find_route
from tests.unit.domain.rates.markets import OBSERVED_AT, market


def trading(**prices: str) -> MarketSnapshot:
    """A market out of `BASE_QUOTE="bid ask"`."""
    listed, quoted = [], []
    for symbol, price in prices.items():
        base, quote = symbol.split("_")
        bid, ask = price.split()
        listed.append((symbol, base, quote))
        quoted.append((symbol, bid, ask))
    return market(listed, quoted)


def route(made: MarketSnapshot, start: str, end: str, max_legs: int = 3) -> Route:
    found = find_route(made, Currency(start), Currency(end), max_legs)
    assert found is not None
    return found


def symbols(found: Route) -> list[str]:
    return [leg.symbol for leg in found.legs]


def rates(found: Route) -> tuple[str, str]:
    return plain(found.rate(RateType.MID)), plain(found.rate(RateType.EXECUTABLE))


def test_selling_the_base_takes_the_bid() -> None:
    found = route(trading(BTC_USDT="99 101"), "BTC", "USDT")
    assert found.legs[0].side is Side.SELL
    assert rates(found) == ("100", "99")


def test_buying_the_base_pays_the_ask() -> None:
    found = route(trading(BTC_USDT="80 125"), "USDT", "BTC")
    assert found.legs[0].side is Side.BUY
    assert rates(found) == ("0.00975609756098", "0.008")


def test_a_route_multiplies_its_legs() -> None:
    found = route(trading(TRX_USDT="0.1 0.1", ADA_USDT="0.4 0.5"), "TRX", "ADA")
    assert symbols(found) == ["TRX_USDT", "ADA_USDT"]
    assert rates(found) == ("0.222222222222", "0.2")


def test_a_direct_pair_is_taken_even_when_a_detour_has_a_smaller_spread() -> None:
    made = trading(A_B="1 5", A_C="1 1", C_B="1 1")
    assert symbols(route(made, "A", "B")) == ["A_B"]


def test_the_smallest_spread_decides_and_not_the_best_price() -> None:
    dead = trading(TRX_BTC="90 900", ADA_BTC="1 10", TRX_USDT="2 2.002", ADA_USDT="4 4.004")
    assert symbols(route(dead, "TRX", "ADA")) == ["TRX_USDT", "ADA_USDT"]


def test_equal_spreads_leave_it_to_the_alphabet() -> None:
    tied = {leg: "7 7.7" for middle in "KXBYTCRZ" for leg in (f"START_{middle}", f"END_{middle}")}
    assert symbols(route(trading(**tied), "START", "END")) == ["START_B", "END_B"]


def test_equal_spreads_over_three_legs_leave_it_to_the_alphabet_as_well() -> None:
    tied = {f"{one}_{other}": "7 7" for one, others in {"S": "KXB", "E": "YTC"}.items() for other in others}
    hubs = {f"{first}_{second}": "7 7" for first in "KXB" for second in "YTC"}
    made = trading(**tied, **hubs)
    assert symbols(route(made, "S", "E")) == ["S_B", "B_C", "E_C"]
    assert symbols(route(made, "E", "S")) == ["E_C", "B_C", "S_B"]


@pytest.mark.parametrize("names", [("NEW", "OLD"), ("OLD", "NEW")])
def test_two_instruments_with_the_same_spread_leave_it_to_their_symbols(names: tuple[str, str]) -> None:
    made = market([(name, "A", "B") for name in names], [(name, "1", "2") for name in names])
    assert symbols(route(made, "A", "B")) == ["NEW"]


def test_costs_are_compared_exactly_however_many_digits_they_have() -> None:
    tight = "3.00000000000000000000000000000000001"
    made = trading(A_X=f"3 {tight}", X_B="1 1", A_Y="3 3", Y_B="1 1")
    assert symbols(route(made, "A", "B")) == ["A_Y", "Y_B"]


def test_the_tightest_of_two_instruments_for_one_pair_is_taken() -> None:
    made = market([("OLD", "A", "B"), ("NEW", "B", "A")], [("OLD", "1", "2"), ("NEW", "1", "1.5")])
    assert symbols(route(made, "A", "B")) == ["NEW"]


def test_three_legs_are_found_from_either_side_of_a_hub() -> None:
    made = trading(A_H="1 1", H_K="1 1", B_K="1 1", H_X="1 1", H_Y="1 1", K_Z="1 1")
    assert symbols(route(made, "A", "B")) == ["A_H", "H_K", "B_K"]
    assert symbols(route(made, "B", "A")) == ["B_K", "H_K", "A_H"]
    assert symbols(route(made, "H", "B")) == ["H_K", "B_K"]


def test_three_legs_start_at_a_hub_as_well() -> None:
    made = trading(H_A="1 1", H_C="1 1", H_D="1 1", C_E="1 1", B_E="1 1")
    assert symbols(route(made, "H", "B")) == ["H_C", "C_E", "B_E"]


@pytest.mark.parametrize(("max_legs", "is_found"), [(1, False), (2, False), (3, True)])
def test_no_route_has_more_legs_than_allowed(max_legs: int, is_found: bool) -> None:
    made = trading(A_C="1 1", C_D="1 1", D_B="1 1")
    assert (find_route(made, Currency("A"), Currency("B"), max_legs) is not None) is is_found


def test_four_legs_are_never_tried() -> None:
    made = trading(A_C="1 1", C_D="1 1", D_E="1 1", E_B="1 1")
    assert find_route(made, Currency("A"), Currency("B")) is None


@pytest.mark.parametrize(("start", "end"), [("A", "NONE"), ("NONE", "A"), ("NONE", "NONE")])
def test_an_unlisted_currency_has_no_route_not_even_to_itself(start: str, end: str) -> None:
    assert find_route(trading(A_B="1 1"), Currency(start), Currency(end)) is None


def test_a_currency_is_itself_at_rate_1_without_any_leg() -> None:
    found = route(trading(A_B="2 3"), "A", "A")
    assert (found.legs, rates(found), found.observed_at) == ((), ("1", "1"), OBSERVED_AT)


def test_t_usdt_is_not_tusd_t() -> None:
    made = market([("TUSDT", "T", "USDT")], [("TUSDT", "0.02", "0.02")])
    assert rates(route(made, "T", "USDT"))[0] == "0.02"
    assert find_route(made, Currency("TUSD"), Currency("T")) is None


def test_a_tiny_rate_keeps_its_digits() -> None:
    made = trading(SHIB_USDT="0.00000878 0.00000879", BTC_USDT="15898.01 15898.92")
    assert rates(route(made, "SHIB", "BTC"))[0] == "0.000000000552569068775"
