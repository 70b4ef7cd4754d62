"""One fetch for all who wait, and nobody gets older data than they accept."""

import asyncio
import gc
from typing import Any

import pytest

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.freshness import CLOCK_TOLERANCE_SECONDS, Generations
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.market_data.builders import coalesced_book_tickers
from tests.unit.application.market_data.waiting import answers, failures, started
from tests.unit.fakes.clock import NOON, FakeClock, TickingClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache


async def test_a_thousand_concurrent_cold_requests_make_one_fetch(cache: FakeMarketCache) -> None:
    clock = TickingClock()
    exchange = FakeExchange("binance", clock, {"BTC/USDT": ("99", "101")})
    book_tickers = coalesced_book_tickers(exchange, cache, FakeFetchLock(clock), clock, Generations(clock))
    arrivals = [clock.now() for _ in range(1000)]
    found = await answers(await started(*(book_tickers.get(arrival) for arrival in arrivals)))
    assert exchange.book_tickers_calls == 1
    assert all(value.observed_at >= arrival for value, arrival in zip(found, arrivals, strict=True))


async def test_callers_during_a_fetch_share_the_next_one_and_get_nothing_older(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    first = await started(book_tickers.get(clock.now()))
    assert exchange.book_tickers_calls == 1
    late = []
    for _ in range(100):
        clock.advance(0.001)
        late += await started(book_tickers.get(clock.now()))
    exchange.release()
    assert [value.observed_at for value in await answers(first)] == [NOON]
    assert {value.observed_at for value in await answers(late)} == {clock.now()}
    assert exchange.book_tickers_calls == 2


async def test_callers_during_a_fetch_that_is_fresh_enough_for_them_take_its_value(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    tasks = await started(book_tickers.get(clock.now()))
    clock.advance(1)
    tasks += await started(book_tickers.get(clock.now() - 1), book_tickers.get(clock.now() - 100))
    exchange.release()
    assert [value.observed_at for value in await answers(tasks)] == [NOON] * 3
    assert exchange.book_tickers_calls == 1


async def test_a_value_in_memory_serves_up_to_the_exact_bound(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    await book_tickers.get(clock.now())
    clock.advance(10)
    assert (await book_tickers.get(clock.now() - 10)).observed_at == NOON
    assert exchange.book_tickers_calls == 1
    assert (await book_tickers.get(clock.now() - 9.99)).observed_at == NOON + 10
    assert exchange.book_tickers_calls == 2


async def test_a_cancelled_caller_does_not_take_the_fetch_from_the_others(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    leaving, *staying = await started(
        book_tickers.get(clock.now()), book_tickers.get(clock.now()), book_tickers.get(clock.now())
    )
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    exchange.release()
    assert len(await answers(staying)) == 2
    assert exchange.book_tickers_calls == 1


async def test_a_failure_is_shared_and_each_caller_gets_an_exception_of_its_own(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    tasks = await started(*(book_tickers.get(clock.now()) for _ in range(100)))
    clock.advance(1)
    tasks += await started(book_tickers.get(clock.now()))
    original = failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=7)
    exchange.fail_next(original)
    exchange.release()
    found = await failures(tasks)
    assert exchange.book_tickers_calls == 1
    assert len({id(error) for error in found}) == 101
    assert {(error.reason, error.retry_after_seconds, error.is_transient) for error in found} == {
        (FailureReason.RATE_LIMITED, 7, False)
    }
    assert len({id(error.__cause__) for error in found}) == 1


async def test_after_a_failure_the_next_caller_makes_a_new_fetch(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.fail_next(failure("binance"))
    with pytest.raises(ExchangeUnavailable):
        await book_tickers.get(clock.now())
    assert (await book_tickers.get(clock.now())).observed_at == NOON
    assert exchange.book_tickers_calls == 2


async def test_an_unexpected_exception_is_not_reported_as_the_exchanges_failure(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.fail_next(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError, match="ours"):
        await book_tickers.get(clock.now())


async def test_a_failure_that_nobody_waits_for_is_not_reported_to_the_loop(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    exchange.hold()
    exchange.fail_next(failure("binance"))
    (only,) = await started(book_tickers.get(clock.now()))
    only.cancel()
    exchange.release()
    await started()
    gc.collect()
    asyncio.get_running_loop().set_exception_handler(None)
    assert not exchange.failures
    assert complaints == []


async def test_a_clock_that_is_set_back_during_a_fetch_costs_no_second_one(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    arrived_at = clock.now()
    clock.advance(-3600)
    assert (await book_tickers.get(arrived_at)).observed_at == NOON - 3600
    assert exchange.book_tickers_calls == 1


@pytest.mark.parametrize("seconds", [0.5, 3600.0])
async def test_after_a_clock_was_set_back_none_still_means_fetched_after_the_arrival(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock, seconds: float
) -> None:
    await book_tickers.get(None)
    clock.advance(-seconds)
    assert (await book_tickers.get(None)).observed_at == NOON - seconds
    assert exchange.book_tickers_calls == 2


async def test_an_arrival_before_a_fetch_began_accepts_its_value_however_late_it_asks(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, generations: Generations
) -> None:
    arrival = generations.arrival()
    fetched = await book_tickers.get(None)
    assert await book_tickers.get(None, arrival.generation) is fetched
    assert await book_tickers.get(None) is not fetched
    assert exchange.book_tickers_calls == 2


async def test_a_value_in_memory_from_the_future_is_not_used(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    await book_tickers.get(clock.now())
    clock.advance(-CLOCK_TOLERANCE_SECONDS - 0.1)
    assert book_tickers.fresh(0, clock.now()) is None
    assert (await book_tickers.get(clock.now())).observed_at == clock.now()
    assert exchange.book_tickers_calls == 2


async def test_two_clocks_may_differ_a_little(book_tickers: CoalescedFetch[BookTickers], clock: FakeClock) -> None:
    await book_tickers.get(clock.now())
    clock.advance(-CLOCK_TOLERANCE_SECONDS)
    held = book_tickers.fresh(0, clock.now())
    assert held is not None
    assert held.observed_at == NOON


async def test_closing_cancels_the_fetch_in_flight(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, clock: FakeClock
) -> None:
    exchange.hold()
    (waiting,) = await started(book_tickers.get(clock.now()))
    await book_tickers.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert book_tickers.newest is None


async def test_closing_without_a_fetch_is_harmless(book_tickers: CoalescedFetch[BookTickers]) -> None:
    await book_tickers.close()
    assert book_tickers.newest is None
