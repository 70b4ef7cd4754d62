"""One exchange behind one shared fetch of its books, with everything around it in the test's hand."""

import pytest

from application.shared_fetch import SharedFetch
from domain.market import Books
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.market_cache import FakeMarketCache


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def cache() -> FakeMarketCache:
    return FakeMarketCache()


@pytest.fixture
def exchange(clock: FakeClock) -> FakeExchange:
    return FakeExchange("binance", clock, {"BTC/USDT": ("99", "101")})


@pytest.fixture
def books(exchange: FakeExchange, cache: FakeMarketCache, clock: FakeClock) -> SharedFetch[Books]:
    return SharedFetch(
        exchange=exchange.name,
        clock=clock,
        fetch=exchange.fetch_books,
        read_cache=cache.books,
        write_cache=cache.keep_books,
        on_newer=lambda _: None,
    )
