"""A process that uses what others fetched looks at the exchange itself when its guard needs that."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.confirmation import Confirmation, Guard
from application.market_data.freshness import Generations
from domain.rates.book_tickers import BookTickers
from tests.unit.application.market_data.builders import coalesced_book_tickers
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.waiting import eventually


class Needs(Guard):
    """A guard that needs what the test says."""

    def __init__(self, within_seconds: float | None) -> None:
        self.within_seconds = within_seconds

    @property
    def own_fetch_within_seconds(self) -> float | None:
        return self.within_seconds


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange("binance", clock, {"BTC/USDT": ("1", "1")})


@pytest.fixture
async def fetches(exchange: FakeExchange, clock: FakeClock) -> AsyncIterator[CoalescedFetch[BookTickers]]:
    lock = FakeFetchLock(clock)
    fetches = coalesced_book_tickers(exchange, FakeMarketCache(), lock, clock, Generations(clock))
    yield fetches
    await fetches.close()


async def calls_in(exchange: FakeExchange, seconds: float) -> int:
    before = exchange.book_tickers_calls
    await asyncio.sleep(seconds)
    return exchange.book_tickers_calls - before


async def test_it_asks_once_the_guard_needs_it_and_not_before(
    exchange: FakeExchange, fetches: CoalescedFetch[BookTickers]
) -> None:
    confirmation = Confirmation(Needs(0.3), fetches, after_seconds=0.01)
    confirmation.took(is_own=False)
    assert await calls_in(exchange, 0.05) == 0
    assert await calls_in(exchange, 0.4) >= 1


async def test_a_fetch_of_this_process_in_the_meantime_saves_one(
    exchange: FakeExchange, fetches: CoalescedFetch[BookTickers]
) -> None:
    confirmation = Confirmation(Needs(0.3), fetches, after_seconds=0.01)
    confirmation.took(is_own=False)
    await asyncio.sleep(0.1)
    confirmation.took(is_own=True)
    fetched_at = asyncio.get_running_loop().time()

    async def is_asked() -> bool:
        return exchange.book_tickers_calls > 0

    await eventually(is_asked)
    assert asyncio.get_running_loop().time() >= fetched_at + 0.3


async def test_what_is_urgent_does_not_wait_for_what_was_planned(
    exchange: FakeExchange, fetches: CoalescedFetch[BookTickers]
) -> None:
    guard = Needs(3600.0)
    confirmation = Confirmation(guard, fetches, after_seconds=0.01)
    confirmation.took(is_own=False)
    guard.within_seconds = 0.0
    confirmation.took(is_own=False)

    async def is_asked() -> bool:
        return exchange.book_tickers_calls > 0

    await eventually(is_asked)  # long before the hour that was planned


async def test_it_asks_less_and_less_often_while_the_exchange_fails(
    exchange: FakeExchange, fetches: CoalescedFetch[BookTickers]
) -> None:
    exchange.standing_failure = failure("binance")
    confirmation = Confirmation(Needs(0.0), fetches, after_seconds=0.02)
    confirmation.took(is_own=False)
    assert 1 <= await calls_in(exchange, 0.3) <= 4  # after 0.02, 0.06, 0.14 and 0.3 seconds


async def test_it_never_asks_where_nothing_is_needed(
    exchange: FakeExchange, fetches: CoalescedFetch[BookTickers]
) -> None:
    Confirmation(Needs(None), fetches, after_seconds=0.0).took(is_own=False)
    assert await calls_in(exchange, 0.05) == 0
