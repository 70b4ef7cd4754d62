"""Answers from memory are those that a fetch would have given: the fast path and the ordinary one never differ."""

from decimal import Decimal
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from domain.rates.errors import NoRoute
from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.domain.rates.markets import CURRENCIES, Row, small_markets

Rows = tuple[list[Row], list[Row]]

EXCHANGES = ["binance", "kucoin"]
QUESTIONS = [*product(CURRENCIES, repeat=2), ("BTC", "NOPE")]


# The spreads of the markets are 0%, about 9.5% and 19%, and 40%.
BOUNDS = SpreadBounds(max_percent=Decimal(30), wide_percent=Decimal(10))


def harness_over(binance: Rows, kucoin: Rows, max_legs: int, bounds: SpreadBounds) -> ConversionHarness:
    harness = ConversionHarness(max_legs=max_legs, spread_bounds=bounds)
    harness.binance.listed, harness.binance.book_tickers = binance
    harness.kucoin.listed, harness.kucoin.book_tickers = kucoin
    return harness


async def outcome(harness: ConversionHarness, *currencies: str, cache_max_seconds: int | None) -> object:
    """Return the exchange and the legs of an answer, or the reasons why there is none."""
    try:
        conversion = await harness.convert(*currencies, cache_max_seconds=cache_max_seconds)
    except NoRoute as refused:
        return refused.reasons
    route = conversion.route
    return route.exchange, [(leg.symbol, leg.side, leg.price(conversion.rate_type)) for leg in route.legs]


@given(
    binance=small_markets(),
    kucoin=small_markets(),
    max_legs=st.integers(1, 3),
    bounds=st.sampled_from([NO_SPREAD_BOUNDS, BOUNDS]),
    in_memory=st.sampled_from([[], ["binance"], ["kucoin"], EXCHANGES]),
    first=st.sampled_from(QUESTIONS),
)
async def test_markets_in_memory_change_the_calls_and_no_answer(
    *,
    binance: Rows,
    kucoin: Rows,
    max_legs: int,
    bounds: SpreadBounds,
    in_memory: list[str],
    first: tuple[str, str],
) -> None:
    asking, holding = (harness_over(binance, kucoin, max_legs, bounds) for _ in range(2))
    for exchange in in_memory:
        await holding.markets[exchange].refresh(1)
    # The first question may itself cause fetches that serve the later ones.
    for question in (first, *QUESTIONS):
        calls = holding.binance.calls, holding.kucoin.calls
        found = await outcome(holding, *question, cache_max_seconds=10)
        assert found == await outcome(asking, *question, cache_max_seconds=None), question
        if in_memory == EXCHANGES:
            assert (holding.binance.calls, holding.kucoin.calls) == calls
