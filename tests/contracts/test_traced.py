"""What is traced keeps the contract of what it stands before, and tells of every call."""

from collections.abc import AsyncIterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from adapters.memory.turns import MemoryTurns
from adapters.opentelemetry.tracing import Tracing
from application.ports.exchange import Exchange
from application.ports.market_cache import MarketCache
from application.ports.turns import Outcome, Payload, Turn, Turns
from domain.errors import CacheUnavailable, ExchangeUnavailable, FailureReason
from domain.market import Books, Listing
from tests.contracts.exchange_contract import ExchangeContract, Venue
from tests.contracts.market_cache_contract import MarketCacheContract
from tests.contracts.test_fake_exchange import FakeVenue
from tests.contracts.turns_contract import TurnsContract
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
    def told(self) -> list[tuple[str, dict[str, object]]]:
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


class TestTracedExchange(ExchangeContract):
    @pytest.fixture
    def venue(self, traced: Traced) -> Venue:
        return TracedVenue(traced.tracing)


class TestTracedTurns(TurnsContract):
    clock = FakeClock()

    @pytest.fixture
    def turns(self, traced: Traced) -> Turns:
        return traced.tracing.turns(MemoryTurns(self.clock))

    async def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)


class TestTracedMarketCache(MarketCacheContract):
    @pytest.fixture
    def cache(self, traced: Traced) -> MarketCache:
        return traced.tracing.market_cache(FakeMarketCache())


async def test_each_call_to_an_exchange_is_a_span_with_its_name(traced: Traced) -> None:
    exchange = traced.tracing.exchange(FakeExchange("kucoin", FakeClock(), {"BTC/USDT": ("1", "1")}))
    await exchange.fetch_listing()
    await exchange.fetch_books()
    on_kucoin = {"crossrate.exchange": "kucoin"}
    assert traced.told == [("kucoin listing", on_kucoin), ("kucoin books", on_kucoin)]


async def test_a_failed_call_tells_the_reason_and_is_an_error(traced: Traced) -> None:
    fake = FakeExchange("binance", FakeClock(), {"BTC/USDT": ("1", "1")})
    fake.standing_failure = failure("binance", FailureReason.RATE_LIMITED)
    with pytest.raises(ExchangeUnavailable):
        await traced.tracing.exchange(fake).fetch_books()
    (span,) = traced.spans
    assert traced.told == [("binance books", {"crossrate.exchange": "binance", "error.type": "rate_limited"})]
    assert span.status.status_code is StatusCode.ERROR
    assert span.status.description == "binance: rate_limited: made to fail"
    assert not span.events  # a stack would be one


async def test_each_call_to_the_cache_is_a_span_that_tells_whether_it_had_anything(traced: Traced) -> None:
    cache = traced.tracing.market_cache(FakeMarketCache())
    await cache.listing("binance")
    await cache.keep_listing(Listing.of("binance", ROWS, NOON), 1)
    await cache.keep_books(Books.of("binance", PRICES, NOON), 2)
    await cache.books("binance")
    await cache.check()
    here = {"crossrate.exchange": "binance"}
    assert traced.told == [
        ("cache listing", here | {"crossrate.cache.hit": False}),
        ("cache keep listing", here),
        ("cache keep books", here),
        ("cache books", here | {"crossrate.cache.hit": True}),
    ]


async def test_turns_tell_who_had_one_and_who_waited(traced: Traced) -> None:
    turns = traced.tracing.turns(MemoryTurns(FakeClock()))
    held = await turns.take("binance", Payload.BOOKS, known=None, waited_for=None)
    assert isinstance(held, Turn)
    await turns.take("binance", Payload.LISTING, known=None, waited_for=None)
    await turns.change("binance", 0.001)
    await turns.end(held, Outcome(is_kept=True))
    await turns.kept("binance", Payload.BOOKS)
    here, books = {"crossrate.exchange": "binance"}, {"crossrate.exchange": "binance", "crossrate.payload": "books"}
    assert traced.told == [
        ("turn take", books | {"crossrate.turn": "Turn"}),
        ("turn take", here | {"crossrate.payload": "listing", "crossrate.turn": "UnderWay"}),
        ("turn wait", here),
        ("turn end", books),
        ("turn kept", books),
    ]


async def test_a_cache_that_is_down_is_an_error_in_the_trace(traced: Traced) -> None:
    fake = FakeMarketCache()
    fake.is_down = True
    with pytest.raises(CacheUnavailable):
        await traced.tracing.market_cache(fake).books("binance")
    (span,) = traced.spans
    assert span.status.status_code is StatusCode.ERROR
    assert (span.attributes or {})["error.type"] == "CacheUnavailable"
