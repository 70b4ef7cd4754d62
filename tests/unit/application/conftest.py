"""One exchange behind one shared fetch of its books, with everything around it in the test's hand."""

from functools import partial

import pytest

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.market_data import MarketData
from application.market_data.ports.fetch_lock import Payload
from domain.rates.book_tickers import BookTickers
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter


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
def book_tickers(
    exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> CoalescedFetch[BookTickers]:
    return shared_books(exchange, cache, fetch_lock, clock)


def shared_books(
    exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> CoalescedFetch[BookTickers]:
    """One process' books; others have their own over the same cache and turns."""
    calls = ExchangeCalls(exchange.name, clock, FakeMeter())
    return CoalescedFetch(
        payload=Payload.BOOKS,
        clock=clock,
        fetch_lock=FetchCoordinator(exchange.name, fetch_lock, calls),
        fetch=partial(calls.make, exchange.fetch_book_tickers),
        read_cache=partial(cache.book_tickers, exchange.name),
        write_cache=cache.keep_book_tickers,
        on_newer=lambda _, __: None,
    )


def fresh_market(
    exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> MarketData:
    """One process' market of the exchange."""
    return MarketData(
        exchange=exchange,
        cache=cache,
        fetch_lock=fetch_lock,
        clock=clock,
        meter=FakeMeter(),
        listing_max_age_seconds=600,
    )
