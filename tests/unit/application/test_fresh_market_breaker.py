"""An exchange that goes on failing is left alone, and found again."""

import asyncio

import pytest

from application.breaker import BreakerState
from application.fresh_market import FreshMarket
from application.ports.turns import Payload
from domain.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.conftest import fresh_market
from tests.unit.application.waiting import answers, failures, started
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.turns import FakeTurns

DOWN = failure("binance", FailureReason.TIMEOUT, is_transient=False)
LEAST_CALLS = 5
OPEN_SECONDS = 5.0


@pytest.fixture
def market(exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns, clock: FakeClock) -> FreshMarket:
    return fresh_market(exchange, cache, turns, clock)


@pytest.fixture
async def dead(market: FreshMarket, exchange: FakeExchange) -> FreshMarket:
    """One whose exchange has failed so often that its breaker has just opened, and still fails."""
    exchange.standing_failure = DOWN
    for _ in range(LEAST_CALLS):
        await refused(market)
    assert market.status().breaker is BreakerState.OPEN
    return market


async def refused(market: FreshMarket) -> ExchangeUnavailable:
    with pytest.raises(ExchangeUnavailable) as caught:
        await market.listing()
    return caught.value


async def test_after_five_failures_the_exchange_gets_no_call_for_five_seconds_and_then_one(
    dead: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    for second in range(int(OPEN_SECONDS)):
        refusal = await refused(dead)
        assert refusal.reason is FailureReason.CIRCUIT_OPEN
        assert refusal.retry_after_seconds == OPEN_SECONDS - second
        assert not refusal.is_transient
        clock.advance(1)
    assert exchange.calls == LEAST_CALLS
    assert (await refused(dead)).reason is FailureReason.TIMEOUT
    assert (await refused(dead)).reason is FailureReason.CIRCUIT_OPEN
    assert exchange.calls == LEAST_CALLS + 1


async def test_it_serves_again_with_the_first_call_that_goes_well(
    dead: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.standing_failure = None
    clock.advance(OPEN_SECONDS)
    await dead.listing()
    await dead.books(clock.now())
    status = dead.status()
    assert (status.breaker, status.last_failure) == (BreakerState.CLOSED, None)


async def test_failures_for_pairs_and_for_prices_count_together(
    market: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.standing_failure = DOWN
    for _ in range(3):
        await failures(await started(market.listing()) + await started(market.books(clock.now())))
    assert (exchange.listing_calls, exchange.books_calls) == (3, 2)


async def test_a_failure_that_two_hundred_share_counts_once(
    market: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.standing_failure = DOWN
    for _ in range(LEAST_CALLS - 1):
        await failures(await started(*(market.books(clock.now()) for _ in range(200))))
    assert market.status().breaker is BreakerState.CLOSED
    assert exchange.calls == LEAST_CALLS - 1


async def test_two_hundred_at_once_send_one_probe(dead: FreshMarket, exchange: FakeExchange, clock: FakeClock) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    asked = [dead.listing() for _ in range(200)]
    found = await answers(await started(*asked))
    assert len({id(listing) for listing in found}) == 1
    assert exchange.calls == LEAST_CALLS + 1


async def test_while_the_probe_is_under_way_whoever_comes_is_refused_at_once_and_does_not_wait_for_it(
    dead: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    exchange.hold()
    probe = await started(dead.listing())
    for refusal in await failures(await started(*(dead.listing() for _ in range(3)))):
        assert refusal.reason is FailureReason.CIRCUIT_OPEN
    assert (await failures(await started(dead.books(clock.now()))))[0].reason is FailureReason.CIRCUIT_OPEN
    assert exchange.calls == LEAST_CALLS + 1
    exchange.release()
    await answers(probe)
    await dead.books(clock.now())


async def test_what_the_cache_has_serves_while_the_breaker_is_open_and_while_the_probe_is_under_way(
    dead: FreshMarket, exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns, clock: FakeClock
) -> None:
    exchange.standing_failure = None
    await cache.keep_listing(await exchange.fetch_listing(), await turns.fetched_elsewhere("binance", Payload.LISTING))
    await cache.keep_books(await exchange.fetch_books(), await turns.fetched_elsewhere("binance", Payload.BOOKS))
    clock.advance(1)
    assert await dead.listing() is cache.listings["binance"]
    clock.advance(OPEN_SECONDS)
    exchange.hold()
    probe = await started(dead.listing(0))
    assert await dead.books(clock.now() - 60) is cache.books_by_exchange["binance"]
    assert await dead.listing() is cache.listings["binance"]
    exchange.release()
    await answers(probe)


async def test_a_probe_whose_caller_goes_away_still_tells_how_the_exchange_is(
    dead: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    exchange.hold()
    (probe,) = await started(dead.listing())
    probe.cancel()
    exchange.release()
    await started(asyncio.sleep(0))
    assert dead.status().breaker is BreakerState.CLOSED


async def test_a_fault_of_our_own_during_the_probe_leaves_room_for_the_next(
    dead: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    clock.advance(OPEN_SECONDS)
    exchange.standing_failure = None
    exchange.fail_next(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        await dead.listing()
    assert dead.status().breaker is BreakerState.HALF_OPEN
    await dead.listing()
    assert dead.status().breaker is BreakerState.CLOSED


async def test_after_a_pause_that_it_asked_for_an_exchange_gets_one_call_before_all_others(
    market: FreshMarket, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=7))
    await refused(market)
    clock.advance(7)
    exchange.hold()
    probe = await started(market.listing())
    (refusal,) = await failures(await started(market.books(clock.now())))
    assert refusal.reason is FailureReason.RATE_LIMITED
    exchange.release()
    await answers(probe)
