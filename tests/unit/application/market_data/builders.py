"""Builders of one process's market data; other processes have their own over the same cache and fetch lock."""

from functools import partial

from application.market_data.assembly import assemble_market_data
from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.fetch_spacing import FetchSpacing
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market_data import MarketData
from application.market_data.outlier_guard import OutlierGuard
from application.market_data.payload_source import PayloadSource
from application.market_data.ports.fetch_lock import FetchLock, Payload
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import FakeExchange
from tests.unit.fakes.fetch_lock import FakeFetchLock
from tests.unit.fakes.market_cache import FakeMarketCache
from tests.unit.fakes.meter import FakeMeter

LISTING_MAX_AGE_SECONDS = 600.0
LIMITS = MarketLimits(LISTING_MAX_AGE_SECONDS)


def coalesced_book_tickers(
    exchange: FakeExchange,
    cache: FakeMarketCache,
    fetch_lock: FakeFetchLock,
    clock: FakeClock,
    generations: Generations,
) -> CoalescedFetch[BookTickers]:
    meter = FakeMeter()
    calls = ExchangeCalls(exchange.name, clock, meter)
    return CoalescedFetch(
        calls=calls,
        coordinator=FetchCoordinator(exchange.name, fetch_lock, calls, FetchSpacing(exchange, clock, meter)),
        source=PayloadSource(
            payload=Payload.BOOK_TICKERS,
            fetch=partial(calls.make, exchange.fetch_book_tickers),
            read_cache=partial(cache.book_tickers, exchange.name),
            write_cache=cache.write_book_tickers,
        ),
        clock=clock,
        generations=generations,
        accept=lambda value, _: value,
    )


def market_data_of(
    exchange: FakeExchange,
    cache: FakeMarketCache,
    fetch_lock: FetchLock,
    clock: Clock,
    *,
    generations: Generations | None = None,
    meter: FakeMeter | None = None,
    limits: MarketLimits = LIMITS,
    peers: dict[str, OutlierGuard] | None = None,
    streams_only: bool = False,
) -> MarketData:
    """Return the market of the exchange; markets that are asked together share `generations` and `peers`."""
    return assemble_market_data(
        exchange=exchange,
        cache=cache,
        fetch_lock=fetch_lock,
        clock=clock,
        generations=generations or Generations(clock),
        meter=meter or FakeMeter(),
        limits=limits,
        peers=peers,
        streams_only=streams_only,
    )
