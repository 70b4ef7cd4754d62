"""One exchange, called no more often than necessary, and never during a pause."""

import asyncio

import pytest

from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData, MarketStatus
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.application.market_data.waiting import answers, started
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache


@pytest.fixture
def market(exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock) -> MarketData:
    return market_data_of(exchange, cache, fetch_lock, clock)


def limited(seconds: float | None) -> ExchangeUnavailable:
    return failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=seconds)


async def test_instruments_are_fetched_once_and_then_kept_as_long_as_the_setting_says(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    instruments = await market.instruments()
    clock.advance(600)
    assert await market.instruments() is instruments
    clock.advance(0.1)
    assert (await market.instruments()).observed_at == clock.now()
    assert exchange.instruments_calls == 2


async def test_callers_may_require_newer_instruments_but_never_accept_older_ones_than_the_setting(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    await market.instruments()
    clock.advance(60)
    assert (await market.instruments(60)).observed_at == NOON
    clock.advance(0.1)
    assert (await market.instruments(60)).observed_at == clock.now()
    clock.advance(601)
    assert (await market.instruments(10_000)).observed_at == clock.now()
    assert exchange.instruments_calls == 3


async def test_a_market_in_memory_is_returned_without_waiting(market: MarketData, clock: FakeClock) -> None:
    assert market.routes_in_memory(0, clock.now()) is None
    book_tickers = await market.book_tickers(NOON)
    assert market.routes_in_memory(0, clock.now()) is None
    instruments = await market.instruments()
    clock.advance(5)
    held = market.routes_in_memory(NOON, clock.now())
    assert held is not None
    assert (held.market.instruments, held.market.book_tickers) == (instruments, book_tickers)
    assert market.routes_in_memory(NOON, clock.now()) is held
    assert market.routes_in_memory(NOON + 1, clock.now()) is None


async def test_instruments_and_prices_are_fetched_at_the_same_time(market: MarketData, exchange: FakeExchange) -> None:
    exchange.hold()
    instruments = await started(market.instruments())
    book_tickers = await started(market.book_tickers(None))
    assert (exchange.instruments_calls, exchange.book_tickers_calls) == (1, 1)
    exchange.release()
    await answers(instruments)
    await answers(book_tickers)
    assert (exchange.instruments_calls, exchange.book_tickers_calls) == (1, 1)


async def test_a_caller_who_waited_for_a_call_that_ended_in_a_pause_makes_none(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    (first,) = await started(market.book_tickers(None))
    (second,) = await started(market.book_tickers(None))
    exchange.fail_next(limited(60))
    exchange.release()
    outcomes = await asyncio.gather(first, second, return_exceptions=True)
    assert [type(outcome).__name__ for outcome in outcomes] == ["ExchangeUnavailable"] * 2
    assert exchange.calls == 1
    clock.advance(60)
    await market.book_tickers(None)
    assert market.status().last_failure is None


async def test_instruments_and_book_tickers_are_cached_for_other_processes(
    market: MarketData, exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> None:
    instruments, book_tickers = await market.instruments(), await market.book_tickers(NOON)
    await started()
    other = market_data_of(exchange, cache, fetch_lock, clock)
    clock.advance(30)
    assert (await other.instruments(), await other.book_tickers(NOON)) == (instruments, book_tickers)
    assert exchange.calls == 2


async def test_an_exchange_is_not_called_during_the_pause_it_asked_for_and_is_called_after_it(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.fail_next(limited(7))
    with pytest.raises(ExchangeUnavailable):
        await market.book_tickers(clock.now())
    for seconds_left in (7.0, 3.5, 0.5):
        clock.time = NOON + 7 - seconds_left
        for call in (market.book_tickers(clock.now()), market.instruments()):
            with pytest.raises(ExchangeUnavailable) as caught:
                await call
            assert caught.value.reason is FailureReason.RATE_LIMITED
            assert caught.value.retry_after_seconds == seconds_left
            assert not caught.value.is_transient
    assert exchange.calls == 1
    clock.time = NOON + 7
    assert (await market.book_tickers(clock.now())).observed_at == NOON + 7
    assert exchange.calls == 2


async def test_values_in_memory_are_served_during_a_pause(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    book_tickers = await market.book_tickers(NOON)
    clock.advance(5)
    exchange.fail_next(limited(60))
    with pytest.raises(ExchangeUnavailable):
        await market.book_tickers(clock.now())
    assert await market.book_tickers(NOON) is book_tickers


async def test_a_failure_without_a_pause_stops_no_call(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.fail_next(failure("binance"))
    with pytest.raises(ExchangeUnavailable):
        await market.book_tickers(clock.now())
    assert (await market.book_tickers(clock.now())).observed_at == NOON


async def test_the_status_is_known_without_a_call(market: MarketData, exchange: FakeExchange, clock: FakeClock) -> None:
    assert market.status() == MarketStatus("binance", None, None, None, BreakerState.CLOSED)
    await market.instruments()
    clock.advance(1)
    down = failure("binance")
    exchange.fail_next(down)
    with pytest.raises(ExchangeUnavailable):
        await market.book_tickers(clock.now())
    assert market.status() == MarketStatus("binance", NOON, None, down, BreakerState.CLOSED)
    await market.book_tickers(clock.now())
    assert market.status() == MarketStatus("binance", NOON, NOON + 1, None, BreakerState.CLOSED)
    assert exchange.calls == 3


async def test_closing_cancels_both_fetches(market: MarketData, exchange: FakeExchange, clock: FakeClock) -> None:
    exchange.hold()
    tasks: list[asyncio.Task[object]] = [
        *await started(market.instruments()),
        *await started(market.book_tickers(clock.now())),
    ]
    await market.close()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [asyncio.CancelledError] * 2
