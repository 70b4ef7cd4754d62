"""What is in hand is answered as asking would have answered it: the short way and the long one never differ."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from domain.rates.errors import NoRoute
from tests.unit.application.harness import Harness
from tests.unit.domain.rates.markets import CURRENCIES, Row, small_markets

Rows = tuple[list[Row], list[Row]]

EXCHANGES = ["binance", "kucoin"]
QUESTIONS = [*product(CURRENCIES, repeat=2), ("BTC", "NOPE")]


def harness_over(binance: Rows, kucoin: Rows, max_legs: int) -> Harness:
    harness = Harness(max_legs=max_legs)
    harness.binance.listed, harness.binance.book_tickers = binance
    harness.kucoin.listed, harness.kucoin.book_tickers = kucoin
    return harness


async def told(harness: Harness, *currencies: str, cache_max_seconds: int | None) -> object:
    """Return all that an answer says of where it comes from, or all that a refusal says of why."""
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
    in_hand=st.sampled_from([[], ["binance"], ["kucoin"], EXCHANGES]),
    first=st.sampled_from(QUESTIONS),
)
async def test_what_is_in_hand_of_some_exchanges_or_all_changes_nothing_but_the_calls(
    *, binance: Rows, kucoin: Rows, max_legs: int, in_hand: list[str], first: tuple[str, str]
) -> None:
    asking, holding = harness_over(binance, kucoin, max_legs), harness_over(binance, kucoin, max_legs)
    for exchange in in_hand:
        await holding.markets[exchange].refresh(1)
    # The first may itself have what it needs fetched, for all that come after it.
    for question in (first, *QUESTIONS):
        calls = holding.binance.calls, holding.kucoin.calls
        found = await told(holding, *question, cache_max_seconds=10)
        assert found == await told(asking, *question, cache_max_seconds=None), question
        if in_hand == EXCHANGES:
            assert (holding.binance.calls, holding.kucoin.calls) == calls
