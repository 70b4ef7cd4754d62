"""find_route against trying everything, and the arithmetic of a route against fractions."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.route import Route
from domain.rates.routing import find_route
from domain.rates.spread import SpreadBounds
from tests.unit.domain.rates.brute_force import Edge, best_walk, no_wider_than, rounded
from tests.unit.domain.rates.markets import CURRENCIES, OBSERVED_AT, Row, chains, edges_of, market, small_markets

# The asks are 1, 1.1, 1.21 and 1.5 times the bid: the last spread is 40% exactly.
PERCENTS = st.sampled_from([Decimal(0), Decimal("9.52380952380952"), Decimal("9.6"), Decimal("39.9"), Decimal(40)])
bounds = st.builds(SpreadBounds, PERCENTS, PERCENTS)

Chain = tuple[MarketSnapshot, list[Edge], Currency, Currency]

tickers = st.sampled_from(CURRENCIES)
amounts: st.SearchStrategy[Decimal] = st.builds(
    lambda digits, exponent: Decimal(f"{digits}E{exponent}"), st.integers(0, 10**36), st.integers(-18, 4)
)
ROUNDING = Fraction(1, 10**10)


def routed(chain: Chain) -> tuple[Route, Route]:
    """The route there and the route back."""
    made, _, start, end = chain
    there, back = find_route(made, start, end), find_route(made, end, start)
    assert there is not None
    assert back is not None
    return there, back


@settings(max_examples=150)
@given(small_markets(), tickers, tickers, st.integers(1, 3))
def test_the_route_is_the_one_that_trying_everything_finds(
    rows: tuple[list[Row], list[Row]], start: str, end: str, max_legs: int
) -> None:
    listed, quoted = rows
    traded = {currency for _, base, quote in listed for currency in (base, quote)}
    expected = best_walk(edges_of(listed, quoted), start, end, max_legs) if {start, end} <= traded else None
    found = find_route(market(listed, quoted), Currency(start), Currency(end), max_legs)
    if expected is None:
        assert found is None
    else:
        assert found is not None
        assert [leg.symbol for leg in found.legs] == [edge.symbol for edge in expected.edges]
        assert (found.currency_from, found.currency_to) == (start, end)


@settings(max_examples=150)
@given(small_markets(), tickers, tickers, st.integers(1, 3), bounds, st.booleans())
def test_the_route_within_spread_bounds_is_the_one_that_trying_everything_finds(
    rows: tuple[list[Row], list[Row]], start: str, end: str, max_legs: int, bounded: SpreadBounds, only_tight: bool
) -> None:
    edges = no_wider_than(edges_of(*rows), Fraction(bounded.max_percent))
    if only_tight:
        edges = no_wider_than(edges, Fraction(bounded.wide_percent))
    expected = best_walk(edges, start, end, max_legs) if start != end else None
    made = market(*rows, bounds=bounded)
    found = find_route(made, Currency(start), Currency(end), max_legs, only_tight=only_tight)
    symbols = [leg.symbol for leg in found.legs] if found is not None else []
    assert symbols == ([edge.symbol for edge in expected.edges] if expected is not None else [])


@given(small_markets(), tickers, tickers, st.sampled_from(["binance", "kucoin"]))
def test_no_route_leaves_its_exchange(rows: tuple[list[Row], list[Row]], start: str, end: str, exchange: str) -> None:
    route = find_route(market(*rows, exchange), Currency(start), Currency(end))
    if route is not None:
        assert {route.exchange, *(leg.exchange for leg in route.legs)} == {exchange}
        assert {leg.symbol for leg in route.legs} <= {symbol for symbol, _, _ in rows[0]}


@given(small_markets(), tickers, tickers)
def test_every_leg_begins_where_the_one_before_it_ended(
    rows: tuple[list[Row], list[Row]], start: str, end: str
) -> None:
    route = find_route(market(*rows), Currency(start), Currency(end))
    here = start
    for leg in route.legs if route is not None else ():
        given_away, here = (leg.pair.base, leg.pair.quote) if leg.side == "sell" else (leg.pair.quote, leg.pair.base)
        assert {given_away, here} == {leg.pair.base, leg.pair.quote}
        assert leg.observed_at == OBSERVED_AT
    assert route is None or here == end


@given(chains(), st.sampled_from(RateType))
def test_the_rate_is_the_exact_fraction_rounded_half_even_to_12_significant_digits(
    chain: Chain, rate_type: RateType
) -> None:
    _, edges, start, end = chain
    walk = best_walk(edges, start, end, max_legs=3)
    assert walk is not None
    exact = walk.rate(is_executable=rate_type is RateType.EXECUTABLE)
    assert Fraction(routed(chain)[0].rate(rate_type)) == rounded(exact)


@given(chains(), amounts, st.sampled_from(RateType))
def test_the_result_is_exactly_the_amount_times_the_rate(chain: Chain, amount: Decimal, rate_type: RateType) -> None:
    conversion = Conversion.along(routed(chain)[0], amount, rate_type)
    assert Fraction(conversion.result) == Fraction(amount) * Fraction(conversion.rate)
    assert len(conversion.rate.as_tuple().digits) <= 12


@given(chains())
def test_there_and_back_at_the_mid_is_the_same_amount(chain: Chain) -> None:
    there, back = (Fraction(route.rate(RateType.MID)) for route in routed(chain))
    assert abs(there * back - 1) < ROUNDING


@given(chains())
def test_there_and_back_at_executable_prices_never_gains(chain: Chain) -> None:
    there, back = (Fraction(route.rate(RateType.EXECUTABLE)) for route in routed(chain))
    assert there * back < 1 + ROUNDING


@given(chains())
def test_the_mid_lies_between_what_is_executable_there_and_the_inverse_of_what_is_executable_back(
    chain: Chain,
) -> None:
    there, back = routed(chain)
    mid = Fraction(there.rate(RateType.MID))
    assert Fraction(there.rate(RateType.EXECUTABLE)) <= mid
    assert mid <= 1 / Fraction(back.rate(RateType.EXECUTABLE)) * (1 + ROUNDING)
