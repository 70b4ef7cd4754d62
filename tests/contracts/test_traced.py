"""A traced part keeps the contract of the part behind it, and records every call."""

from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from adapters.memory.fetch_lock import MemoryFetchLock
from adapters.opentelemetry.tracing import Tracing
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.fetch_lock import FetchLock, FetchOutcome, Lease, Payload
from application.market_data.ports.market_cache import MarketCache
from domain.errors import CacheUnavailable
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.instruments import Instruments
from tests.contracts.exchange_contract import BooksContract, ExchangeContract, Venue
from tests.contracts.fetch_lock_contract import FetchLockContract
from tests.contracts.market_cache_contract import MarketCacheContract
from tests.contracts.test_fake_exchange import FakeVenue
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.exchange import FakeExchange, failure
from tests.unit.fakes.market_cache import FakeMarketCache

ROWS = [("BTC/USDT", "BTC", "USDT")]
PRICES = [("BTC/USDT", "99", "101")]


class Traced:
    """Tracing that keeps its spans."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self.tracing = Tracing(SimpleSpanProcessor(self._exporter))

    @property
    def spans(self) -> list[ReadableSpan]:
        return list(self._exporter.get_finished_spans())

    @property
    def names_and_attributes(self) -> list[tuple[str, dict[str, object]]]:
        return [(span.name, dict(span.attributes or {})) for span in self.spans]


@pytest.fixture
async def traced() -> AsyncIterator[Traced]:
    traced = Traced()
    yield traced
    await traced.tracing.close()


class TracedVenue(FakeVenue):
    def __init__(self, tracing: Tracing) -> None:
        super().__init__()
        self.exchange: Exchange = tracing.exchange(self.fake)


class TestTracedExchange(ExchangeContract, BooksContract):
    @pytest.fixture
    def venue(self, traced: Traced) -> Venue:
        return TracedVenue(traced.tracing)


class TestTracedFetchLock(FetchLockContract):
    clock = FakeClock()

    @pytest.fixture
    def fetch_lock(self, traced: Traced) -> FetchLock:
        return traced.tracing.fetch_lock(MemoryFetchLock(self.clock))

    async def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)


class TestTracedMarketCache(MarketCacheContract):
    @pytest.fixture
    def cache(self, traced: Traced) -> MarketCache:
        return traced.tracing.market_cache(FakeMarketCache())


async def test_each_call_to_an_exchange_is_a_span_with_its_name(traced: Traced) -> None:
    exchange = traced.tracing.exchange(FakeExchange("kucoin", FakeClock(), {"BTC/USDT": ("1", "1")}))
    await exchange.fetch_instruments()
    await exchange.fetch_book_tickers()
    on_kucoin = {"crossrate.exchange": "kucoin"}
    assert traced.names_and_attributes == [("kucoin listing", on_kucoin), ("kucoin books", on_kucoin)]


async def test_a_failed_call_is_an_error_with_its_reason(traced: Traced) -> None:
    fake = FakeExchange("binance", FakeClock(), {"BTC/USDT": ("1", "1")})
    fake.standing_failure = failure("binance", FailureReason.RATE_LIMITED)
    with pytest.raises(ExchangeUnavailable):
        await traced.tracing.exchange(fake).fetch_book_tickers()
    (span,) = traced.spans
    assert traced.names_and_attributes == [
        ("binance books", {"crossrate.exchange": "binance", "error.type": "rate_limited"})
    ]
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "binance: rate_limited: made to fail"
    assert not span.events  # a stack would be one


async def test_each_call_to_the_cache_is_a_span_that_says_whether_it_hit(traced: Traced) -> None:
    cache = traced.tracing.market_cache(FakeMarketCache())
    await cache.instruments("binance")
    await cache.write_instruments(Instruments.of("binance", ROWS, NOON), 1)
    await cache.write_book_tickers(BookTickers.of("binance", PRICES, NOON), 2)
    await cache.book_tickers("binance")
    await cache.check()
    here = {"crossrate.exchange": "binance"}
    assert traced.names_and_attributes == [
        ("cache listing", here | {"crossrate.cache.hit": False}),
        ("cache write listing", here),
        ("cache write books", here),
        ("cache books", here | {"crossrate.cache.hit": True}),
    ]


async def test_each_call_to_the_fetch_lock_is_a_span_with_its_reply(traced: Traced) -> None:
    fetch_lock = traced.tracing.fetch_lock(MemoryFetchLock(FakeClock()))
    held = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    assert isinstance(held, Lease)
    await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    await fetch_lock.wait_for_change("binance", 0.001)
    await fetch_lock.release(held, FetchOutcome(is_cached=True))
    await fetch_lock.newest_cached("binance", Payload.BOOK_TICKERS)
    here, book_tickers = (
        {"crossrate.exchange": "binance"},
        {"crossrate.exchange": "binance", "crossrate.payload": "books"},
    )
    assert traced.names_and_attributes == [
        ("fetch lock acquire", book_tickers | {"crossrate.fetch_lock": "Lease"}),
        ("fetch lock acquire", book_tickers | {"crossrate.fetch_lock": "InFlight"}),
        ("fetch lock wait", here),
        ("fetch lock release", book_tickers),
        ("fetch lock newest cached", book_tickers),
    ]


async def test_a_cache_that_is_down_is_an_error_in_the_trace(traced: Traced) -> None:
    fake = FakeMarketCache()
    fake.is_down = True
    with pytest.raises(CacheUnavailable):
        await traced.tracing.market_cache(fake).book_tickers("binance")
    (span,) = traced.spans
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "CacheUnavailable"
