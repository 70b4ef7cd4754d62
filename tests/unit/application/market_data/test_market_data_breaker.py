"""An exchange that goes on failing is left alone, and found again."""

import asyncio

import pytest

from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData
from application.market_data.ports.exchange import Quota
from application.market_data.ports.fetch_lock import Payload
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.application.market_data.waiting import answers, failures, started
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache

DOWN = failure("binance", FailureReason.TIMEOUT, is_transient=False)
MIN_CALLS = 5
OPEN_SECONDS = 5.0


@pytest.fixture
def market(exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock) -> MarketData:
    return market_data_of(exchange, cache, fetch_lock, clock)


@pytest.fixture
async def dead(market: MarketData, exchange: FakeExchange) -> MarketData:
    """One whose exchange has failed so often that its breaker has just opened, and still fails."""
    exchange.standing_failure = DOWN
    for _ in range(MIN_CALLS):
        await rejected(market)
    assert market.status().breaker is BreakerState.OPEN
    return market


async def rejected(market: MarketData) -> ExchangeUnavailable:
    with pytest.raises(ExchangeUnavailable) as caught:
        await market.instruments()
    return caught.value


async def test_after_five_failures_the_exchange_gets_no_call_for_five_seconds_and_then_one(
    dead: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    for second in range(int(OPEN_SECONDS)):
        refusal = await rejected(dead)
        assert refusal.reason is FailureReason.CIRCUIT_OPEN
        assert refusal.retry_after_seconds == OPEN_SECONDS - second
        assert not refusal.is_transient
        clock.advance(1)
    assert exchange.calls == MIN_CALLS
    assert (await rejected(dead)).reason is FailureReason.TIMEOUT
    assert (await rejected(dead)).reason is FailureReason.CIRCUIT_OPEN
    assert exchange.calls == MIN_CALLS + 1


async def test_it_serves_again_with_the_first_successful_call(
    dead: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.standing_failure = None
    clock.advance(OPEN_SECONDS)
    await dead.instruments()
    await dead.book_tickers(clock.now())
    status = dead.status()
    assert (status.breaker, status.last_failure) == (BreakerState.CLOSED, None)


async def test_failures_for_pairs_and_for_prices_count_together(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.standing_failure = DOWN
    for _ in range(3):
        await failures(await started(market.instruments()) + await started(market.book_tickers(clock.now())))
    assert (exchange.instruments_calls, exchange.book_tickers_calls) == (3, 2)


async def test_a_failure_shared_by_two_hundred_counts_once(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.standing_failure = DOWN
    for _ in range(MIN_CALLS - 1):
        await failures(await started(*(market.book_tickers(clock.now()) for _ in range(200))))
    assert market.status().breaker is BreakerState.CLOSED
    assert exchange.calls == MIN_CALLS - 1


async def test_two_hundred_at_once_send_one_probe(dead: MarketData, exchange: FakeExchange, clock: FakeClock) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    asked = [dead.instruments() for _ in range(200)]
    found = await answers(await started(*asked))
    assert len({id(instruments) for instruments in found}) == 1
    assert exchange.calls == MIN_CALLS + 1


async def test_callers_during_the_probe_are_rejected_at_once_and_do_not_wait_for_it(
    dead: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    exchange.hold()
    probe = await started(dead.instruments())
    for refusal in await failures(await started(*(dead.instruments() for _ in range(3)))):
        assert refusal.reason is FailureReason.CIRCUIT_OPEN
    assert (await failures(await started(dead.book_tickers(clock.now()))))[0].reason is FailureReason.CIRCUIT_OPEN
    assert exchange.calls == MIN_CALLS + 1
    exchange.release()
    await answers(probe)
    await dead.book_tickers(clock.now())


async def test_cached_values_are_served_while_the_breaker_is_open_and_during_the_probe(
    dead: MarketData, exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> None:
    exchange.standing_failure = None
    await cache.write_instruments(
        await exchange.fetch_instruments(), await fetch_lock.fetched_elsewhere("binance", Payload.INSTRUMENTS)
    )
    await cache.write_book_tickers(
        await exchange.fetch_book_tickers(), await fetch_lock.fetched_elsewhere("binance", Payload.BOOK_TICKERS)
    )
    clock.advance(1)
    assert await dead.instruments() is cache.instruments_by_exchange["binance"]
    clock.advance(OPEN_SECONDS)
    exchange.hold()
    probe = await started(dead.instruments(0))
    assert await dead.book_tickers(clock.now() - 60) is cache.books_by_exchange["binance"]
    assert await dead.instruments() is cache.instruments_by_exchange["binance"]
    exchange.release()
    await answers(probe)


async def test_a_probe_whose_caller_is_cancelled_still_decides(
    dead: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    exchange.hold()
    (probe,) = await started(dead.instruments())
    probe.cancel()
    exchange.release()
    await started(asyncio.sleep(0))
    assert dead.status().breaker is BreakerState.CLOSED


async def test_an_unexpected_exception_in_the_probe_makes_room_for_the_next(
    dead: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    exchange.fail_next(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        await dead.instruments()
    assert dead.status().breaker is BreakerState.HALF_OPEN
    await dead.instruments()
    assert dead.status().breaker is BreakerState.CLOSED


async def test_after_a_pause_an_exchange_gets_one_call_before_all_others(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=7))
    await rejected(market)
    clock.advance(7)
    exchange.hold()
    probe = await started(market.instruments())
    (refusal,) = await failures(await started(market.book_tickers(clock.now())))
    assert refusal.reason is FailureReason.RATE_LIMITED
    exchange.release()
    await answers(probe)


async def test_names_of_currencies_are_no_probe(dead: MarketData, exchange: FakeExchange, clock: FakeClock) -> None:
    exchange.names = {"ADA": "Cardano"}
    for seconds in (0, OPEN_SECONDS):
        clock.advance(seconds)
        with pytest.raises(ExchangeUnavailable) as caught:
            await dead.currency_names()
        assert (caught.value.reason, exchange.names_calls) == (FailureReason.CIRCUIT_OPEN, 0)
    exchange.standing_failure = None
    await dead.instruments()
    assert await dead.currency_names() == exchange.names


async def test_names_of_currencies_keep_to_what_requests_may_use_of_the_rate_limit(
    market: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.names = {"ADA": "Cardano"}
    exchange.told_quota = Quota(100, 60.0, dict.fromkeys(Payload, 1))
    await market.currency_names()  # 10 of a quarter of 60 at once
    with pytest.raises(ExchangeUnavailable) as caught:
        await market.currency_names()
    assert (caught.value.reason, exchange.names_calls) == (FailureReason.THROTTLED, 1)
    clock.advance(60)
    await market.currency_names()
