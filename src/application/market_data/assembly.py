"""Assembles the `MarketData` of one exchange."""

from functools import partial

from application.market_data.coalesced_fetch import CoalescedFetch
from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_coordinator import FetchCoordinator
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market_data import MarketData
from application.market_data.payload_source import PayloadSource
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.fetch_lock import FetchLock, Payload
from application.market_data.ports.market_cache import MarketCache
from application.market_data.ports.meter import MarketDataMeter
from application.market_data.source_age import fetched_in_time
from application.ports.clock import Clock


def assemble_market_data(
    *,
    exchange: Exchange,
    cache: MarketCache,
    fetch_lock: FetchLock,
    clock: Clock,
    generations: Generations,
    meter: MarketDataMeter,
    limits: MarketLimits,
) -> MarketData:
    """Return market data whose two coalesced fetches share one circuit breaker and one fetch lock."""
    calls = ExchangeCalls(exchange.name, clock, meter)
    coordinator = FetchCoordinator(exchange.name, fetch_lock, calls)
    instruments = PayloadSource(
        payload=Payload.INSTRUMENTS,
        fetch=partial(calls.make, partial(fetched_in_time, exchange.fetch_instruments, limits.max_listing_lag_seconds)),
        read_cache=partial(cache.instruments, exchange.name),
        write_cache=cache.write_instruments,
    )
    book_tickers = PayloadSource(
        payload=Payload.BOOK_TICKERS,
        fetch=partial(calls.make, partial(fetched_in_time, exchange.fetch_book_tickers, limits.max_source_age_seconds)),
        read_cache=partial(cache.book_tickers, exchange.name),
        write_cache=cache.write_book_tickers,
    )
    coalesced = partial(CoalescedFetch, calls=calls, coordinator=coordinator, clock=clock, generations=generations)
    return MarketData(
        exchange=exchange,
        calls=calls,
        instruments=coalesced(source=instruments, on_newer=meter.instruments_observed),
        book_tickers=coalesced(source=book_tickers, on_newer=meter.book_tickers_observed),
        clock=clock,
        meter=meter,
        limits=limits,
    )
