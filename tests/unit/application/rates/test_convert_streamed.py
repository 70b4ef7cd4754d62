"""Conversions over streamed books, some of which are older than the others."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from application.rates.batch import ConversionLine
from domain.currency import Currency
from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, ExchangeUnavailable, FailureReason
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import Prices

MARKET = {"BTC/USDT": ("100", "100"), "ETH/USDT": ("10", "10")}
STREAMED = {"BTC/USDT": ("101", "101"), "ETH/USDT": ("11", "11")}


def stream(
    harness: ConversionHarness,
    prices: Mapping[str, Prices],
    older: Mapping[str, float] | None = None,
    changed: Sequence[str] | None = None,
) -> None:
    """Bring these books as of now."""
    rows = [(symbol, bid, ask) for symbol, (bid, ask) in prices.items()]
    plain = BookTickers.of("binance", rows, harness.clock.now())
    books = BookTickers("binance", plain.by_symbol, plain.observed_at, older=older or {})
    harness.markets["binance"].take_streamed(books, changed, is_own=True)


@pytest.fixture
async def harness() -> ConversionHarness:
    """Prices were fetched ten seconds ago, and those of ETH/USDT do not stream since eight seconds ago."""
    harness = ConversionHarness(MARKET)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(2)
    older = {"ETH/USDT": harness.clock.now()}
    harness.clock.advance(8)
    stream(harness, STREAMED, older)
    return harness


async def test_a_streamed_price_is_served_without_a_call_within_its_age(harness: ConversionHarness) -> None:
    conversion = await harness.convert("BTC", "USDT", cache_max_seconds=1)
    assert (conversion.rate, conversion.route.observed_at) == (Decimal(101), harness.clock.now())
    assert harness.binance.book_tickers_calls == 1


async def test_a_route_over_an_older_symbol_is_as_old_as_that(harness: ConversionHarness) -> None:
    conversion = await harness.convert("ETH", "USDT", cache_max_seconds=10)
    assert (conversion.rate, conversion.route.observed_at) == (Decimal(11), harness.clock.now() - 8)
    assert harness.binance.book_tickers_calls == 1


async def test_a_route_over_a_symbol_that_is_too_old_is_fetched(harness: ConversionHarness) -> None:
    conversion = await harness.convert("ETH", "USDT", cache_max_seconds=5)
    assert (conversion.rate, conversion.route.observed_at) == (Decimal(10), harness.clock.now())
    assert harness.binance.book_tickers_calls == 2


async def test_a_price_for_after_the_arrival_is_fetched(harness: ConversionHarness) -> None:
    conversion = await harness.convert("BTC", "USDT")
    assert conversion.rate == 100
    assert harness.binance.book_tickers_calls == 2


async def test_all_lines_of_a_batch_get_the_same_prices_fetched_where_one_symbol_is_too_old(
    harness: ConversionHarness,
) -> None:
    lines = [
        ConversionLine(
            amount=Decimal(1), currency_from=Currency(code), currency_to=Currency("USDT"), cache_max_seconds=5
        )
        for code in ("BTC", "ETH")
    ]
    outcomes = await harness.convert_many(*lines)
    rates = [outcome.rate for outcome in outcomes if isinstance(outcome, Conversion)]
    assert rates == [Decimal(100), Decimal(10)]
    assert harness.binance.book_tickers_calls == 2


async def test_the_newer_of_fetched_and_streamed_prices_is_used(harness: ConversionHarness) -> None:
    harness.clock.advance(3)
    await harness.convert("BTC", "USDT")
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=60)).rate == 100
    harness.clock.advance(1)
    stream(harness, STREAMED)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=60)).rate == 101


MARKET_OF_THREE = {"BTC/USDT": ("100", "100"), "ETH/USDT": ("10", "10"), "SOL/BTC": ("2", "2")}


@given(
    ages=st.dictionaries(st.sampled_from([*MARKET_OF_THREE]), st.integers(1, 30)),
    fetched_ago=st.integers(1, 30),
    asked=st.lists(
        st.tuples(st.sampled_from(["BTC", "ETH", "SOL"]), st.sampled_from([None, 1, 5, 10, 20, 60])),
        min_size=1,
        max_size=8,
    ),
    is_down=st.booleans(),
)
@example(ages={"ETH/USDT": 8}, fetched_ago=10, asked=[("ETH", 10), ("ETH", 10), ("ETH", 5)], is_down=True)
@example(ages={"ETH/USDT": 8}, fetched_ago=10, asked=[("ETH", 5), ("ETH", 10), ("ETH", 10), ("ETH", 5)], is_down=True)
async def test_no_line_gets_prices_older_than_its_own_bound_and_like_lines_are_answered_alike(
    *, ages: dict[str, int], fetched_ago: int, asked: list[tuple[str, int | None]], is_down: bool
) -> None:
    harness = ConversionHarness(MARKET_OF_THREE)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(fetched_ago)
    now = harness.clock.now()
    stream(harness, MARKET_OF_THREE, {symbol: now - age for symbol, age in ages.items()})
    if is_down:
        harness.binance.standing_failure = ExchangeUnavailable("binance", FailureReason.NETWORK, "is down")
    lines = [
        ConversionLine(
            amount=Decimal(1), currency_from=Currency(code), currency_to=Currency("USDT"), cache_max_seconds=bound
        )
        for code, bound in asked
    ]
    answers: dict[ConversionLine, tuple[object, ...]] = {}
    for line, outcome in zip(lines, await harness.convert_many(*lines), strict=True):
        if isinstance(outcome, Conversion):
            assert now - outcome.route.observed_at <= (line.cache_max_seconds or 0)
            answer: tuple[object, ...] = (outcome.rate, outcome.route.observed_at)
        else:
            assert is_down
            answer = (type(outcome),)
        assert answers.setdefault(line, answer) == answer


async def test_a_line_whose_own_prices_are_new_enough_needs_no_exchange_that_answers(
    harness: ConversionHarness,
) -> None:
    harness.binance.standing_failure = ExchangeUnavailable("binance", FailureReason.NETWORK, "is down")
    lines = [
        ConversionLine(
            amount=Decimal(1), currency_from=Currency(code), currency_to=Currency("USDT"), cache_max_seconds=5
        )
        for code in ("ETH", "BTC")
    ]
    refused, answered = await harness.convert_many(*lines)
    assert isinstance(refused, ConversionUnavailable)
    assert isinstance(answered, Conversion)
    assert answered.rate == 101
