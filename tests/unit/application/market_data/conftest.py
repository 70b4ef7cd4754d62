"""One exchange behind one coalesced fetch of its book tickers, with every part under the test's control."""

import pytest

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.freshness import Generations
from domain.rates.book_tickers import BookTickers
from tests.unit.application.market_data.builders import coalesced_book_tickers
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache() -> FakeMarketCache:
    return FakeMarketCache()


@pytest.fixture
def fetch_lock(clock: FakeClock) -> FakeFetchLock:
    return FakeFetchLock(clock)


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange("binance", clock, {"BTC/USDT": ("99", "101")})


@pytest.fixture
def generations(clock: FakeClock) -> Generations:
    return Generations(clock)


@pytest.fixture
def book_tickers(
    exchange: FakeExchange,
    cache: FakeMarketCache,
    fetch_lock: FakeFetchLock,
    clock: FakeClock,
    generations: Generations,
) -> CoalescedFetch[BookTickers]:
    return coalesced_book_tickers(exchange, cache, fetch_lock, clock, generations)
