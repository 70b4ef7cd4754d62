"""The cache saves calls, and a failing cache fails no caller."""

import pytest

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.freshness import CLOCK_TOLERANCE_SECONDS
from application.market_data.ports.fetch_lock import Payload
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable
from tests.unit.application.market_data.waiting import answers, failures, started
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache


def observed(at: float) -> BookTickers:
    return BookTickers.of("binance", [("BTC/USDT", "1", "2")], at)


async def cached_elsewhere(cache: FakeMarketCache, fetch_lock: FakeFetchLock, book_tickers: BookTickers) -> None:
    """Simulate a fetch of these by another process."""
    await cache.write_book_tickers(book_tickers, await fetch_lock.fetched_elsewhere("binance", Payload.BOOK_TICKERS))


async def test_the_cache_is_read_before_the_exchange_is_asked(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await cached_elsewhere(cache, fetch_lock, observed(NOON - 10))
    assert await book_tickers.get(NOON - 10) == observed(NOON - 10)
    assert (cache.reads, exchange.book_tickers_calls) == (1, 0)


async def test_cached_values_are_loaded_after_fencing_tokens_began_again(
    book_tickers: CoalescedFetch[BookTickers], cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    for seconds in (3, 2):
        await cached_elsewhere(cache, fetch_lock, observed(NOON - seconds))
    await book_tickers.load()
    fetch_lock.lose_all()
    cache.lose_all()
    await cached_elsewhere(cache, fetch_lock, observed(NOON - 1))
    await book_tickers.load()
    assert book_tickers.newest == observed(NOON - 1)


async def test_an_earlier_value_from_a_machine_whose_clock_is_ahead_replaces_no_later_one(
    book_tickers: CoalescedFetch[BookTickers], cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await cached_elsewhere(cache, fetch_lock, observed(NOON + 0.5))
    cache.is_down = True
    fetched = await book_tickers.get(None)  # later than that, and not kept
    await started()
    cache.is_down = False
    await book_tickers.load()
    assert book_tickers.newest == fetched
    assert cache.reads == 0


async def test_a_cached_value_that_is_too_old_is_fetched_again(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await cached_elsewhere(cache, fetch_lock, observed(NOON - 10.01))
    assert (await book_tickers.get(NOON - 10)).observed_at == NOON
    assert (cache.reads, exchange.book_tickers_calls) == (1, 1)


async def test_the_cache_is_not_read_for_a_caller_who_requires_a_new_fetch(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await cached_elsewhere(cache, fetch_lock, observed(NOON - 10))
    assert (await book_tickers.get(NOON)).observed_at == NOON
    assert (cache.reads, exchange.book_tickers_calls) == (0, 1)


async def test_a_fetched_value_is_cached(book_tickers: CoalescedFetch[BookTickers], cache: FakeMarketCache) -> None:
    fetched = await book_tickers.get(NOON)
    await started()
    assert cache.books_by_exchange == {"binance": fetched}


async def test_each_new_fetch_replaces_the_cached_value(
    book_tickers: CoalescedFetch[BookTickers], cache: FakeMarketCache, clock: FakeClock
) -> None:
    for _ in range(3):
        fetched = await book_tickers.get(clock.now())
        await started()
        assert cache.books_by_exchange == {"binance": fetched}
        clock.advance(1)


async def test_the_strictest_caller_decides_whether_the_cache_is_enough(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await cached_elsewhere(cache, fetch_lock, observed(NOON - 30))
    tasks = await started(book_tickers.get(NOON - 60), book_tickers.get(NOON - 5), book_tickers.get(NOON - 60))
    assert [value.observed_at for value in await answers(tasks)] == [NOON] * 3
    assert (cache.reads, exchange.book_tickers_calls) == (1, 1)


async def test_an_older_cached_value_does_not_replace_the_one_in_memory(
    book_tickers: CoalescedFetch[BookTickers],
    exchange: FakeExchange,
    cache: FakeMarketCache,
    fetch_lock: FakeFetchLock,
    clock: FakeClock,
) -> None:
    await book_tickers.get(NOON)
    await started()
    await cached_elsewhere(cache, fetch_lock, observed(NOON - 5))
    clock.advance(100)
    exchange.standing_failure = failure("binance")
    with pytest.raises(ExchangeUnavailable):
        await book_tickers.get(clock.now() - 50)
    assert book_tickers.newest is not None
    assert book_tickers.newest.observed_at == NOON


async def test_a_cached_value_from_the_future_is_neither_used_nor_replaces_a_good_one(
    book_tickers: CoalescedFetch[BookTickers],
    exchange: FakeExchange,
    cache: FakeMarketCache,
    fetch_lock: FakeFetchLock,
    clock: FakeClock,
) -> None:
    await book_tickers.get(NOON)
    await started()
    clock.advance(100)
    await cached_elsewhere(cache, fetch_lock, observed(clock.now() + CLOCK_TOLERANCE_SECONDS + 0.1))
    exchange.fail_next(failure("binance"))
    with pytest.raises(ExchangeUnavailable):
        await book_tickers.get(clock.now() - 50)
    assert (await book_tickers.get(clock.now() - 100)).observed_at == NOON
    assert (await book_tickers.get(clock.now() - 50)).observed_at == clock.now()


async def test_a_failing_cache_fails_no_caller(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await fetch_lock.fetched_elsewhere("binance", Payload.BOOK_TICKERS)
    cache.is_down = True
    assert (await book_tickers.get(NOON - 10)).observed_at == NOON
    await started()
    assert exchange.book_tickers_calls == 1


async def test_where_nothing_is_shared_each_process_goes_on_by_itself(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, fetch_lock: FakeFetchLock
) -> None:
    fetch_lock.is_down = True
    exchange.hold()
    tasks = await started(book_tickers.get(NOON - 10), book_tickers.get(None))
    exchange.release()
    assert [value.observed_at for value in await answers(tasks)] == [NOON] * 2
    assert exchange.book_tickers_calls == 1


async def test_a_cache_that_hangs_on_writing_delays_no_caller_and_queues_no_writes(
    book_tickers: CoalescedFetch[BookTickers], cache: FakeMarketCache
) -> None:
    cache.is_hanging = True
    cache.patience_seconds = 60
    assert (await book_tickers.get(NOON)).observed_at == NOON
    waiting = await started(*(book_tickers.get(None) for _ in range(10)))
    assert cache.writes == 1
    await book_tickers.close()
    await started()
    assert all(task.cancelled() for task in waiting)
    assert cache.books_by_exchange == {}


async def test_a_cache_that_hangs_on_reading_is_skipped_when_it_gives_up(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await fetch_lock.fetched_elsewhere("binance", Payload.BOOK_TICKERS)
    cache.is_hanging = True
    found = await answers(await started(*(book_tickers.get(NOON - 10) for _ in range(100))))
    assert {value.observed_at for value in found} == {NOON}
    assert exchange.book_tickers_calls == 1
    await book_tickers.close()


async def test_when_the_exchange_fails_callers_who_accept_the_cached_values_age_get_it(
    book_tickers: CoalescedFetch[BookTickers], exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock
) -> None:
    await cached_elsewhere(cache, fetch_lock, observed(NOON - 30))
    exchange.hold()
    exchange.fail_next(failure("binance"))
    strict, loose = await started(book_tickers.get(NOON - 5), book_tickers.get(NOON - 60))
    exchange.release()
    assert await answers([loose]) == [observed(NOON - 30)]
    assert len(await failures([strict])) == 1
