"""Requests leave a part of an exchange's rate limit to the sync, in all processes that share it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from application.market_data import lease_wait
from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData
from application.market_data.ports.exchange import Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from domain.rates.errors import FailureReason
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.application.market_data.waiting import answers, failures, started
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter

# The share for requests is 120 in a minute: 30 of them at once, then one every 2/3 of a second.
QUOTA = Quota(200, 60.0, {Payload.INSTRUMENTS: 1, Payload.BOOK_TICKERS: 1})
AT_ONCE = 30
USED_UP = Usage(used=120, limit=200, until=NOON + 40)


@pytest.fixture
def meter() -> FakeMeter:
    return FakeMeter()


@pytest.fixture
async def first(
    exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock, meter: FakeMeter
) -> AsyncIterator[MarketData]:
    exchange.told_quota = QUOTA
    market = market_data_of(exchange, cache, fetch_lock, clock, meter=meter)
    yield market
    await market.close()


@pytest.fixture
async def second(cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock) -> AsyncIterator[MarketData]:
    """Another process, which has asked nothing yet and so was told nothing."""
    exchange = FakeExchange("binance", clock, {"BTC/USDT": ("99", "101")})
    exchange.told_quota = QUOTA
    market = market_data_of(exchange, cache, fetch_lock, clock)
    yield market
    await market.close()


async def use_up(market: MarketData, exchange: FakeExchange) -> None:
    exchange.hold()
    fetching = await started(market.book_tickers(None))
    exchange.reported_usage = USED_UP
    exchange.release()
    await answers(fetching)
    await started()


async def test_once_the_share_is_used_up_requests_are_told_when_to_ask_again(
    first: MarketData, exchange: FakeExchange, clock: FakeClock, meter: FakeMeter
) -> None:
    await use_up(first, exchange)
    for passed, left in ((0, 40), (39, 1)):
        clock.time = NOON + passed
        (refused,) = await failures(await started(first.book_tickers(None)))
        assert (refused.reason, refused.retry_after_seconds) == (FailureReason.THROTTLED, left)
        assert not refused.is_transient
    assert (exchange.calls, meter.throttled["binance"]) == (1, 2)
    clock.advance(1)
    await first.book_tickers(None)


async def test_what_one_process_was_told_holds_for_all(
    first: MarketData, second: MarketData, exchange: FakeExchange
) -> None:
    await use_up(first, exchange)
    (refused,) = await failures(await started(second.book_tickers(None)))
    assert (refused.reason, refused.retry_after_seconds) == (FailureReason.THROTTLED, 40)


async def test_a_process_without_its_lock_still_heeds_what_it_was_told(
    first: MarketData, exchange: FakeExchange, fetch_lock: FakeFetchLock
) -> None:
    await use_up(first, exchange)
    fetch_lock.is_down = True
    (refused,) = await failures(await started(first.book_tickers(None)))
    assert refused.reason is FailureReason.THROTTLED
    await first.refresh(0)
    assert exchange.calls == 3


async def test_prices_in_memory_and_in_the_cache_are_served_meanwhile(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    await use_up(first, exchange)
    clock.advance(5)
    assert (await first.book_tickers(NOON)).observed_at == NOON
    assert (await second.book_tickers(NOON)).observed_at == NOON


async def test_the_sync_goes_on_and_refusals_open_no_breaker(
    first: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    await use_up(first, exchange)
    for _ in range(10):
        await failures(await started(first.book_tickers(None)))
    clock.advance(1)
    await first.refresh(0)
    assert (first.status().breaker, first.status().last_failure) == (BreakerState.CLOSED, None)
    assert first.routes_in_memory(NOON + 1, NOON + 1) is not None


async def test_a_sync_that_joins_requests_while_they_wait_is_not_refused_with_them(
    first: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    await use_up(first, exchange)
    clock.advance(1)
    requests = await_later(first, 20)
    syncing = asyncio.create_task(first.refresh(1000))
    await asyncio.wait([*requests, syncing])
    await syncing
    assert first.routes_in_memory(NOON + 1, NOON + 1) is not None


def await_later(market: MarketData, count: int) -> list[asyncio.Task[object]]:
    return [asyncio.create_task(market.book_tickers(None)) for _ in range(count)]


async def test_after_a_burst_requests_wait_for_their_distance_and_share_one_fetch(
    first: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    for _ in range(AT_ONCE):
        await first.book_tickers(None)
        await started()
    waiting = await started(*(first.book_tickers(None) for _ in range(50)))
    await asyncio.sleep(0.2)
    assert exchange.calls == AT_ONCE
    clock.advance(0.66)
    await asyncio.sleep(0.2)
    assert not any(task.done() for task in waiting)
    clock.advance(0.01)
    await answers(waiting)
    assert exchange.calls == AT_ONCE + 1


async def test_waiting_for_the_distance_is_bounded(
    first: MarketData, exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_wait, "MIN_PATIENCE_SECONDS", 0.1)
    for _ in range(AT_ONCE):
        await first.book_tickers(None)
        await started()
    (refused,) = await failures(await started(first.book_tickers(None)))
    assert refused.reason is FailureReason.THROTTLED
    assert refused.retry_after_seconds == pytest.approx(2 / 3, abs=0.001)
    assert exchange.calls == AT_ONCE


async def test_a_fetch_of_another_process_serves_those_who_waited_for_their_distance(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    for _ in range(AT_ONCE):
        await first.book_tickers(None)
        await started()
    clock.advance(0.5)
    waiting = await started(second.book_tickers(None))
    await asyncio.sleep(0.1)
    await first.refresh(1000)
    ((served,), calls) = await answers(waiting), exchange.calls
    assert served.observed_at == NOON + 0.5
    assert calls == AT_ONCE + 2  # the sync's, of pairs and of prices


async def test_without_the_lock_each_process_keeps_the_distance_by_itself(
    first: MarketData, exchange: FakeExchange, fetch_lock: FakeFetchLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_wait, "MIN_PATIENCE_SECONDS", 0.1)
    fetch_lock.is_down = True
    for _ in range(AT_ONCE):
        await first.book_tickers(None)
    (refused,) = await failures(await started(first.book_tickers(None)))
    assert refused.reason is FailureReason.THROTTLED
    assert exchange.calls == AT_ONCE
