"""The cache spares calls where it can, and is in nobody's way where it cannot."""

import pytest

from application.ports.turns import Payload
from application.shared_fetch import CLOCK_TOLERANCE_SECONDS, SharedFetch
from domain.errors import ExchangeUnavailable
from domain.market import Books
from tests.unit.application.waiting import answers, failures, started
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.turns import FakeTurns


def observed(at: float) -> Books:
    return Books.of("binance", [("BTC/USDT", "1", "2")], at)


async def kept_elsewhere(cache: FakeMarketCache, turns: FakeTurns, books: Books) -> None:
    """Have another process fetch these."""
    await cache.keep_books(books, await turns.fetched_elsewhere("binance", Payload.BOOKS))


async def test_the_cache_is_read_before_the_exchange_is_asked(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await kept_elsewhere(cache, turns, observed(NOON - 10))
    assert await books.get(NOON - 10) == observed(NOON - 10)
    assert (cache.reads, exchange.books_calls) == (1, 0)


async def test_what_is_kept_is_still_heard_of_when_the_numbers_have_begun_anew(
    books: SharedFetch[Books], cache: FakeMarketCache, turns: FakeTurns
) -> None:
    for seconds in (3, 2):
        await kept_elsewhere(cache, turns, observed(NOON - seconds))
    await books.load()
    turns.lose_all()
    cache.lose_all()
    await kept_elsewhere(cache, turns, observed(NOON - 1))
    await books.load()
    assert books.newest == observed(NOON - 1)


async def test_an_earlier_value_of_a_machine_whose_clock_is_ahead_replaces_no_later_one(
    books: SharedFetch[Books], cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await kept_elsewhere(cache, turns, observed(NOON + 0.5))
    cache.is_down = True
    fetched = await books.get(None)  # later than that, and not kept
    await started()
    cache.is_down = False
    await books.load()
    assert books.newest == fetched
    assert cache.reads == 0


async def test_what_is_too_old_in_the_cache_is_fetched(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await kept_elsewhere(cache, turns, observed(NOON - 10.01))
    assert (await books.get(NOON - 10)).observed_at == NOON
    assert (cache.reads, exchange.books_calls) == (1, 1)


async def test_the_cache_is_not_read_for_someone_who_wants_a_new_fetch(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await kept_elsewhere(cache, turns, observed(NOON - 10))
    assert (await books.get(NOON)).observed_at == NOON
    assert (cache.reads, exchange.books_calls) == (0, 1)


async def test_what_was_fetched_is_kept_in_the_cache(books: SharedFetch[Books], cache: FakeMarketCache) -> None:
    fetched = await books.get(NOON)
    await started()
    assert cache.books_by_exchange == {"binance": fetched}


async def test_each_new_fetch_replaces_what_is_in_the_cache(
    books: SharedFetch[Books], cache: FakeMarketCache, clock: FakeClock
) -> None:
    for _ in range(3):
        fetched = await books.get(clock.now())
        await started()
        assert cache.books_by_exchange == {"binance": fetched}
        clock.advance(1)


async def test_the_strictest_of_those_who_wait_decides_whether_the_cache_is_enough(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await kept_elsewhere(cache, turns, observed(NOON - 30))
    tasks = await started(books.get(NOON - 60), books.get(NOON - 5), books.get(NOON - 60))
    assert [value.observed_at for value in await answers(tasks)] == [NOON] * 3
    assert (cache.reads, exchange.books_calls) == (1, 1)


async def test_an_older_value_in_the_cache_does_not_displace_the_one_in_hand(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns, clock: FakeClock
) -> None:
    await books.get(NOON)
    await started()
    await kept_elsewhere(cache, turns, observed(NOON - 5))
    clock.advance(100)
    exchange.standing_failure = failure("binance")
    with pytest.raises(ExchangeUnavailable):
        await books.get(clock.now() - 50)
    assert books.newest is not None
    assert books.newest.observed_at == NOON


async def test_a_value_from_the_future_in_the_cache_is_neither_used_nor_put_in_the_place_of_a_good_one(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns, clock: FakeClock
) -> None:
    await books.get(NOON)
    await started()
    clock.advance(100)
    await kept_elsewhere(cache, turns, observed(clock.now() + CLOCK_TOLERANCE_SECONDS + 0.1))
    exchange.fail_next(failure("binance"))
    with pytest.raises(ExchangeUnavailable):
        await books.get(clock.now() - 50)
    assert (await books.get(clock.now() - 100)).observed_at == NOON
    assert (await books.get(clock.now() - 50)).observed_at == clock.now()


async def test_a_failing_cache_costs_nothing_but_its_help(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await turns.fetched_elsewhere("binance", Payload.BOOKS)
    cache.is_down = True
    assert (await books.get(NOON - 10)).observed_at == NOON
    await started()
    assert exchange.books_calls == 1


async def test_where_nothing_is_shared_each_process_goes_on_by_itself(
    books: SharedFetch[Books], exchange: FakeExchange, turns: FakeTurns
) -> None:
    turns.is_down = True
    exchange.hold()
    tasks = await started(books.get(NOON - 10), books.get(None))
    exchange.release()
    assert [value.observed_at for value in await answers(tasks)] == [NOON] * 2
    assert exchange.books_calls == 1


async def test_a_cache_that_hangs_on_writing_keeps_nobody_from_the_value_and_gathers_no_queue(
    books: SharedFetch[Books], cache: FakeMarketCache
) -> None:
    cache.is_hanging = True
    cache.patience_seconds = 60
    assert (await books.get(NOON)).observed_at == NOON
    waiting = await started(*(books.get(None) for _ in range(10)))
    assert cache.writes == 1
    await books.close()
    await started()
    assert all(task.cancelled() for task in waiting)
    assert cache.books_by_exchange == {}


async def test_a_cache_that_hangs_on_reading_is_left_when_it_gives_up(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await turns.fetched_elsewhere("binance", Payload.BOOKS)
    cache.is_hanging = True
    found = await answers(await started(*(books.get(NOON - 10) for _ in range(100))))
    assert {value.observed_at for value in found} == {NOON}
    assert exchange.books_calls == 1
    await books.close()


async def test_when_the_exchange_fails_whoever_bears_the_age_of_the_cached_value_gets_it(
    books: SharedFetch[Books], exchange: FakeExchange, cache: FakeMarketCache, turns: FakeTurns
) -> None:
    await kept_elsewhere(cache, turns, observed(NOON - 30))
    exchange.hold()
    exchange.fail_next(failure("binance"))
    strict, loose = await started(books.get(NOON - 5), books.get(NOON - 60))
    exchange.release()
    assert await answers([loose]) == [observed(NOON - 30)]
    assert len(await failures([strict])) == 1
