"""What a wide spread does to a conversion: a last resort, or no price at all."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.decimals import plain
from domain.rates.errors import NoRoute
from domain.rates.spread import SpreadBounds
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.domain.rates.brute_force import best_walk, no_wider_than
from tests.unit.domain.rates.markets import CURRENCIES, Row, edges_of, small_markets
from tests.unit.fakes.exchange import failure

Rows = tuple[list[Row], list[Row]]

BOUNDS = SpreadBounds(max_percent=Decimal(50), wide_percent=Decimal(5))

# Spreads of 0.1%, about 18% and 200%.
TIGHT, WIDE, ABSURD = ("9.995", "10.005"), ("10", "12"), ("0.00000001", "0.5")


async def test_a_direct_pair_with_an_absurd_spread_is_no_price() -> None:
    harness = ConversionHarness(
        {"ILL/BTC": ABSURD, "ILL/USDT": ("9.70", "9.71"), "BTC/USDT": ("97000", "97010")}, spread_bounds=BOUNDS
    )
    conversion = await harness.convert("ILL", "BTC")
    assert [leg.symbol for leg in conversion.route.legs] == ["ILL/USDT", "BTC/USDT"]
    assert plain(conversion.rate) == "0.000100046389361"


async def test_a_missing_route_says_when_a_spread_was_why() -> None:
    harness = ConversionHarness(
        {"ILL/BTC": ABSURD, "X/Y": TIGHT}, {"ILL/USDT": TIGHT, "BTC/EUR": TIGHT}, spread_bounds=BOUNDS
    )
    assert (await harness.no_route("ILL", "BTC")).reasons == {
        "binance": "every route of at most 3 legs needs a market whose spread exceeds 50%",
        "kucoin": "no route of at most 3 legs with prices on both sides",
    }


async def test_a_detour_over_tight_markets_comes_before_a_wide_direct_pair() -> None:
    harness = ConversionHarness({"TRX/ADA": WIDE, "TRX/USDT": TIGHT, "ADA/USDT": TIGHT}, spread_bounds=BOUNDS)
    conversion = await harness.convert("TRX", "ADA")
    assert [leg.symbol for leg in conversion.route.legs] == ["TRX/USDT", "ADA/USDT"]


async def test_the_second_exchange_s_tight_detour_comes_before_a_wide_direct_pair_on_the_first() -> None:
    harness = ConversionHarness({"TRX/ADA": WIDE}, {"TRX/USDT": TIGHT, "ADA/USDT": TIGHT}, spread_bounds=BOUNDS)
    assert (await harness.convert("TRX", "ADA")).route.exchange == "kucoin"


async def test_a_wide_market_is_used_where_there_is_no_other_route() -> None:
    harness = ConversionHarness({"TRX/ADA": WIDE}, {"ADA/USDT": TIGHT}, spread_bounds=BOUNDS)
    assert plain((await harness.convert("TRX", "ADA")).rate) == "11"


async def test_a_wide_market_is_used_when_the_exchange_with_a_tight_one_is_unavailable() -> None:
    harness = ConversionHarness({"TRX/ADA": WIDE}, {"TRX/ADA": TIGHT}, spread_bounds=BOUNDS, threshold_percent=None)
    harness.kucoin.standing_failure = failure("kucoin")
    assert (await harness.convert("TRX", "ADA")).route.exchange == "binance"


@pytest.mark.parametrize(("ask", "is_price"), [("3", True), ("3.00000000000000000000000000000000001", False)])
async def test_a_spread_of_exactly_the_bound_is_within_it(ask: str, is_price: bool) -> None:
    harness = ConversionHarness({"A/B": ("1", ask)}, spread_bounds=SpreadBounds(max_percent=Decimal(100)))
    if is_price:
        assert plain((await harness.convert("A", "B")).rate) == "2"
    else:
        assert "exceeds 100%" in (await harness.no_route("A", "B")).reasons["binance"]


async def test_bounds_of_0_are_none() -> None:
    harness = ConversionHarness({"ILL/BTC": ABSURD, "ILL/USDT": TIGHT, "BTC/USDT": TIGHT}, spread_bounds=SpreadBounds())
    assert plain((await harness.convert("ILL", "BTC")).rate) == "0.250000005"


async def test_a_book_that_is_no_price_makes_no_pair_diverge() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"BTC/USDT": ABSURD, "ILL/BTC": TIGHT}, spread_bounds=BOUNDS)
    for market in harness.markets.values():
        await market.refresh(1)
    assert harness.divergence is not None
    harness.divergence.compare_all()
    assert harness.meter.diverging == {("binance", "kucoin"): 0}


def searches(max_legs: int) -> Iterator[tuple[Decimal, int]]:
    """The widest spread in percent and the most legs of each search, in the order in which they are made."""
    return product((Decimal(10), Decimal(30)), (1, max_legs))


@given(small_markets(), small_markets(), st.integers(1, 3), st.sampled_from(CURRENCIES), st.sampled_from(CURRENCIES))
async def test_tight_markets_anywhere_come_first_then_all_that_have_a_price(
    binance: Rows, kucoin: Rows, max_legs: int, start: str, end: str
) -> None:
    if start == end:
        return
    harness = ConversionHarness(max_legs=max_legs, spread_bounds=SpreadBounds(Decimal(30), Decimal(10)))
    harness.binance.listed, harness.binance.book_tickers = binance
    harness.kucoin.listed, harness.kucoin.book_tickers = kucoin
    walks = (
        (name, walk)
        for percent, most in searches(max_legs)
        for name, rows in (("binance", binance), ("kucoin", kucoin))
        if (walk := best_walk(no_wider_than(edges_of(*rows), Fraction(percent)), start, end, most)) is not None
    )
    expected = next(walks, None)
    try:
        route = (await harness.convert(start, end)).route
    except NoRoute:
        assert expected is None
    else:
        assert expected is not None
        name, walk = expected
        assert (route.exchange, [leg.symbol for leg in route.legs]) == (name, [edge.symbol for edge in walk.edges])
