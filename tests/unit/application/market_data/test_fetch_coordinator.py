"""Two processes that share a cache and a fetch lock, each with a market of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from application.market_data import fetch_coordinator, lease_wait
from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData
from application.market_data.ports.fetch_lock import InFlight, Lease, Payload
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.market_data.builders import market_data_of
from tests.unit.application.market_data.waiting import answers, failures, started
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache

DOWN = failure("binance", FailureReason.TIMEOUT, is_transient=False)


@pytest.fixture
async def first(
    exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> AsyncIterator[MarketData]:
    market = market_data_of(exchange, cache, fetch_lock, clock)
    yield market
    await market.close()


@pytest.fixture
async def second(
    exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> AsyncIterator[MarketData]:
    market = market_data_of(exchange, cache, fetch_lock, clock)
    yield market
    await market.close()


async def test_a_caller_during_another_process_s_fetch_waits_and_takes_its_value_from_the_cache(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    fetching = await started(first.book_tickers(NOON - 10))
    waiting = await started(second.book_tickers(NOON - 10))
    clock.advance(1)
    exchange.release()
    assert await answers(waiting) == await answers(fetching)
    assert exchange.book_tickers_calls == 1


async def test_always_latest_accepts_a_fetch_that_another_process_began_after_the_arrival_and_no_earlier_one(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    before = await started(first.book_tickers(None))
    strict = await started(second.book_tickers(None))
    clock.advance(1)
    after = await started(first.book_tickers(None))
    exchange.release()
    await answers(before)
    assert [book_tickers.observed_at for book_tickers in await answers(strict + after)] == [NOON + 1] * 2
    assert exchange.book_tickers_calls == 2


async def test_a_caller_who_joins_a_wait_gets_no_fetch_that_may_have_begun_before(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    await started(first.book_tickers(None))
    early = await started(second.book_tickers(None))
    clock.advance(1)
    late = await started(second.book_tickers(None))
    exchange.release()
    assert all(book_tickers.observed_at == NOON + 1 for book_tickers in await answers(early + late))
    assert exchange.book_tickers_calls == 2  # the second process got the lease, and fetched after both had arrived


async def test_a_failure_is_shared_with_callers_in_other_processes_who_waited_for_it(
    first: MarketData, second: MarketData, exchange: FakeExchange
) -> None:
    exchange.hold()
    exchange.fail_next(failure("binance"))
    tasks = [*await started(first.book_tickers(None)), *await started(second.book_tickers(None))]
    exchange.release()
    assert {error.detail for error in await failures(tasks)} == {"made to fail"}
    assert exchange.calls == 1


async def test_shared_failures_open_the_breaker_of_each_process_with_as_many_calls_as_one_would_make(
    first: MarketData, second: MarketData, exchange: FakeExchange
) -> None:
    exchange.standing_failure = DOWN
    for _ in range(5):
        exchange.hold()
        tasks = [*await started(first.book_tickers(None)), *await started(second.book_tickers(None))]
        exchange.release()
        await failures(tasks)
    assert exchange.calls == 5
    assert [market.status().breaker for market in (first, second)] == [BreakerState.OPEN] * 2


async def test_a_half_open_breaker_takes_another_process_s_success_for_its_probe(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.standing_failure = DOWN
    for _ in range(5):
        await failures(await started(second.book_tickers(None)))
    exchange.standing_failure = None
    clock.advance(5)
    assert second.status().breaker is BreakerState.HALF_OPEN
    await first.book_tickers(None)
    await started()
    clock.advance(1)
    await second.book_tickers(NOON + 5)
    status = second.status()
    assert (status.breaker, status.last_failure) == (BreakerState.CLOSED, None)
    assert exchange.calls == 6


async def test_a_success_from_before_the_breaker_opened_proves_nothing(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    await first.book_tickers(None)
    await started()
    clock.advance(1)
    exchange.standing_failure = DOWN
    for _ in range(5):
        await failures(await started(second.book_tickers(None)))
    clock.advance(5)
    assert (await second.book_tickers(NOON)).observed_at == NOON
    assert second.status().breaker is BreakerState.HALF_OPEN


async def test_a_pause_holds_for_every_process(
    first: MarketData, second: MarketData, exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=60))
    await failures(await started(first.book_tickers(None)))
    (refused,) = await failures(await started(second.book_tickers(None)))
    assert (refused.reason, refused.retry_after_seconds) == (FailureReason.RATE_LIMITED, 60)
    assert exchange.calls == 1
    clock.advance(60)
    await second.book_tickers(None)


async def test_a_block_of_another_process_does_not_stop_this_one(
    first: MarketData, second: MarketData, exchange: FakeExchange
) -> None:
    exchange.fail_next(failure("binance", FailureReason.BLOCKED, is_transient=False, retry_after_seconds=300))
    exchange.hold()
    barred = await started(first.book_tickers(None))
    waiting = await started(second.book_tickers(None))
    exchange.release()
    await failures(barred)
    await answers(waiting)
    assert exchange.calls == 2


async def test_a_lease_granted_after_the_breaker_has_opened_is_released_unused(
    first: MarketData, exchange: FakeExchange, fetch_lock: FakeFetchLock, clock: FakeClock
) -> None:
    held = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    assert isinstance(held, Lease)
    waiting = await started(first.book_tickers(None))
    exchange.fail_next(failure("binance", FailureReason.BLOCKED, is_transient=False, retry_after_seconds=300))
    fetch_lock.is_down = True
    await failures(await started(first.instruments()))
    fetch_lock.is_down = False
    clock.advance(fetch_lock.lease_seconds)
    (refused,) = await failures(waiting)
    assert "not called for a while" in refused.detail
    assert exchange.calls == 1
    assert isinstance(
        await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None), Lease
    )


async def test_a_fetch_that_lasts_longer_than_a_lease_keeps_the_lock(
    first: MarketData, exchange: FakeExchange, fetch_lock: FakeFetchLock, clock: FakeClock
) -> None:
    fetch_lock.lease_seconds = 0.06
    exchange.hold()
    fetching = await started(first.book_tickers(None))
    for _ in range(5):
        clock.advance(0.05)
        await asyncio.sleep(0.05)
    assert isinstance(
        await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None), InFlight
    )
    exchange.release()
    await answers(fetching)


async def test_waiting_for_one_fetch_of_others_after_another_ends_in_a_timeout(
    first: MarketData, fetch_lock: FakeFetchLock, exchange: FakeExchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lease_wait, "MIN_PATIENCE_SECONDS", 0.1)
    waiting: list[asyncio.Task[object]] = []
    for _ in range(lease_wait.MAX_FETCHES_WAITED_FOR + 1):
        lease = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
        assert isinstance(lease, Lease)
        waiting = waiting or [*await started(first.book_tickers(None))]
        await asyncio.sleep(2 * fetch_coordinator.POLL_SECONDS)
        fetch_lock.forget("binance")
    (gave_up,) = await failures(waiting)
    assert gave_up.reason is FailureReason.TIMEOUT
    assert exchange.calls == 0


async def test_many_quick_fetches_of_others_end_in_no_timeout(
    first: MarketData, fetch_lock: FakeFetchLock, exchange: FakeExchange
) -> None:
    waiting: list[asyncio.Task[object]] = []
    for _ in range(lease_wait.MAX_FETCHES_WAITED_FOR + 3):
        lease = await fetch_lock.acquire("binance", Payload.INSTRUMENTS, newer_than=None, waited_for=None)
        assert isinstance(lease, Lease)
        waiting = waiting or [*await started(first.instruments())]
        await asyncio.sleep(2 * fetch_coordinator.POLL_SECONDS)
        fetch_lock.forget("binance")
    await answers(waiting)
    assert exchange.calls == 1


async def test_a_lock_that_fails_during_a_fetch_fails_no_caller(
    first: MarketData, exchange: FakeExchange, fetch_lock: FakeFetchLock
) -> None:
    exchange.hold()
    fetching = await started(first.book_tickers(None))
    fetch_lock.is_down = True
    exchange.release()
    await answers(fetching)
    await first.book_tickers(None)
    exchange.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=60))
    with pytest.raises(ExchangeUnavailable):
        await first.book_tickers(None)
    assert exchange.calls == 3


async def test_a_damaged_cached_value_is_fetched_again(
    first: MarketData, second: MarketData, exchange: FakeExchange, cache: FakeMarketCache, clock: FakeClock
) -> None:
    await first.book_tickers(None)
    await started()
    cache.books_by_exchange.clear()
    clock.advance(1)
    assert (await second.book_tickers(NOON - 10)).observed_at == NOON + 1
    assert exchange.calls == 2


async def test_an_update_is_loaded_once(
    first: MarketData, second: MarketData, exchange: FakeExchange, cache: FakeMarketCache
) -> None:
    await first.instruments()
    await first.book_tickers(None)
    await started()
    for _ in range(3):
        await second.load()
    assert cache.reads == 2
    assert second.routes_in_memory(NOON, NOON) is not None
    assert exchange.calls == 2
