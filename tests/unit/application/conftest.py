"""One exchange behind one coalesced fetch of its book tickers, with every part under the test's control."""

from functools import partial

import pytest

from application.market_data.assembly import assemble_market_data
from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market_data import MarketData
from application.market_data.payload_source import PayloadSource
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


def coalesced_book_tickers(
    exchange: FakeExchange,
    cache: FakeMarketCache,
    fetch_lock: FakeFetchLock,
    clock: FakeClock,
    generations: Generations,
) -> CoalescedFetch[BookTickers]:
    """The book tickers of one process; others have their own over the same cache and fetch lock."""
    calls = ExchangeCalls(exchange.name, clock, FakeMeter())
    return CoalescedFetch(
        calls=calls,
        coordinator=FetchCoordinator(exchange.name, fetch_lock, calls),
        source=PayloadSource(
            payload=Payload.BOOK_TICKERS,
            fetch=partial(calls.make, exchange.fetch_book_tickers),
            read_cache=partial(cache.book_tickers, exchange.name),
            write_cache=cache.write_book_tickers,
        ),
        clock=clock,
        generations=generations,
        on_newer=lambda _: None,
    )


def market_data_of(
    exchange: FakeExchange, cache: FakeMarketCache, fetch_lock: FakeFetchLock, clock: FakeClock
) -> MarketData:
    """One process' market of the exchange."""
    return assemble_market_data(
        exchange=exchange,
        cache=cache,
        fetch_lock=fetch_lock,
        clock=clock,
        generations=Generations(clock),
        meter=FakeMeter(),
        limits=MarketLimits(600),
    )
