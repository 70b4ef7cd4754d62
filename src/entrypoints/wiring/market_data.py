"""How prices get here: the exchanges, the shared cache and the fetch lock, and the sync of markets."""

import random
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aiohttp
from dependency_injector import containers, providers

from adapters.memory.fetch_lock import MemoryFetchLock
from adapters.memory.market_cache import MemoryMarketCache
from adapters.memory.single_process import NoMarketUpdates, NoStreamedUpdates, SingleProcessLeader
from adapters.prometheus.feed_meter import PrometheusFeedMeter
from adapters.prometheus.meter import PrometheusMeter
from adapters.rest.registered_exchange import ExchangeParts, FeedParts
from application.market_data.assembly import assemble_market_data
from application.market_data.feeds.exchange_stream import ExchangeStream
from application.market_data.feeds.run_feeds import RunFeeds
from application.market_data.fetch_spacing import MAX_SPACING_SECONDS
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.market_data.market_data import MarketData
from application.market_data.outlier_guard import OutlierGuard
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed_meter import FeedMeter
from application.market_data.ports.fetch_lock import FetchLock
from application.market_data.ports.market_cache import MarketCache
from application.market_data.ports.meter import MarketDataMeter
from application.market_data.sync_markets import SyncMarkets, SyncRole
from application.ports.clock import Clock
from domain.rates.spread import SpreadBounds
from entrypoints.settings.installed_exchanges import registered_exchange
from entrypoints.settings.market_data import feed_session_name
from entrypoints.settings.settings import Settings
from entrypoints.wiring.on_first_use import on_first_use

if TYPE_CHECKING:
    from adapters.opentelemetry.tracing import Tracing
    from adapters.redis.connection import RedisConnection

# Of one exchange, where there is no Redis. Whoever arrives during a fetch waits for a third of one at most.
MOST_FETCHES_AT_ONCE = 3


def _exchanges(
    settings: Settings,
    sessions: Mapping[str, aiohttp.ClientSession],
    clock: Clock,
    meter: MarketDataMeter,
    tracing: "Tracing | None",
) -> dict[str, Exchange]:
    def built(name: str) -> Exchange:
        url, own_settings = settings.url_of(name), settings.settings_of(name)
        parts = ExchangeParts(url=url, settings=own_settings, session=sessions[name], clock=clock, meter=meter)
        exchange = registered_exchange(name).market_data(parts)
        return exchange if tracing is None else tracing.exchange(exchange)

    return {name: built(name) for name in settings.exchanges}


def _streams(
    settings: Settings,
    sessions: Mapping[str, aiohttp.ClientSession],
    markets: Mapping[str, MarketData],
    fetch_lock: FetchLock,
    clock: Clock,
    meter: MarketDataMeter,
    feed_meter: FeedMeter,
) -> dict[str, ExchangeStream]:
    def built(name: str) -> ExchangeStream:
        feed = registered_exchange(name).feed
        assert feed is not None  # noqa: S101 -- only those that have one are streamed
        urls = {"url": settings.feed_url_of(name), "rest_url": settings.url_of(name)}
        feed_parts = FeedParts(**urls, session=sessions[feed_session_name(name)], clock=clock, meter=meter)
        return ExchangeStream(
            feed=feed.create(feed_parts),
            symbols=markets[name].listed_symbols,
            fetch_lock=fetch_lock,
            clock=clock,
            meter=feed_meter,
            uniform=random.uniform,
        )

    return {name: built(name) for name in settings.streamed_exchanges}


def _run_feeds(streams: Mapping[str, ExchangeStream], sync: SyncMarkets, **parts: Any) -> RunFeeds:  # noqa: ANN401 -- passed on
    return RunFeeds(streams=streams, leads=lambda: sync.role is SyncRole.LEADER, **parts)


def _markets(exchanges: Mapping[str, Exchange], **parts: Any) -> dict[str, MarketData]:  # noqa: ANN401 -- passed on
    peers: dict[str, OutlierGuard] = {}

    def built(name: str, exchange: Exchange) -> MarketData:
        streams_only = registered_exchange(name).streams_only
        return assemble_market_data(exchange=exchange, peers=peers, streams_only=streams_only, **parts)

    return {name: built(name, exchange) for name, exchange in exchanges.items()}


def _sources(settings: Settings) -> dict[str, str]:
    return {name: settings.url_of(name) for name in settings.exchanges}


def _limits(settings: Settings) -> MarketLimits:
    return MarketLimits(
        listing_max_age_seconds=settings.listing_max_age_seconds,
        max_source_age_seconds=settings.max_source_age_seconds,
        max_loss_percent=settings.max_loss_percent,
        max_jump_percent=settings.max_jump_percent,
        max_wait_seconds=settings.attempt_timeout_seconds + MAX_SPACING_SECONDS,
        spread=SpreadBounds(settings.max_spread_percent, settings.wide_spread_percent),
    )


def _cache(plain: MarketCache, tracing: "Tracing | None") -> MarketCache:
    return plain if tracing is None else tracing.market_cache(plain)


def _fetch_lock(plain: FetchLock, tracing: "Tracing | None") -> FetchLock:
    return plain if tracing is None else tracing.fetch_lock(plain)


class MarketDataContainer(containers.DeclarativeContainer):
    """`sessions` has an open session per exchange. `redis` is None when processes share nothing.

    `tracing` is None when nothing is traced: then no wrapper slows the parts.
    """

    core = providers.DependenciesContainer()
    sessions = providers.Dependency(instance_of=dict)
    redis: providers.Dependency["RedisConnection | None"] = providers.Dependency()
    tracing: providers.Dependency["Tracing | None"] = providers.Dependency()

    meter = providers.Singleton(
        PrometheusMeter,
        registry=core.metrics,
        exchanges=core.settings.provided.exchanges,
        bank=core.settings.provided.bank,
    )
    cache_name = providers.Callable(lambda redis: "memory" if redis is None else "redis", redis)
    sources = providers.Callable(_sources, core.settings)
    plain_cache = providers.Selector(
        cache_name,
        memory=providers.Singleton(MemoryMarketCache),
        redis=providers.Singleton(
            on_first_use("adapters.redis.market_cache:RedisMarketCache"),
            connection=redis,
            sources=sources,
            on_rejected=meter.provided.cached_value_rejected,
        ),
    )
    plain_fetch_lock = providers.Selector(
        cache_name,
        memory=providers.Singleton(MemoryFetchLock, clock=core.clock, most_at_once=MOST_FETCHES_AT_ONCE),
        redis=providers.Singleton(
            on_first_use("adapters.redis.fetch_lock:RedisFetchLock"), connection=redis, sources=sources
        ),
    )
    cache = providers.Singleton(_cache, plain=plain_cache, tracing=tracing)
    fetch_lock = providers.Singleton(_fetch_lock, plain=plain_fetch_lock, tracing=tracing)
    market_updates = providers.Selector(
        cache_name,
        memory=providers.Singleton(NoMarketUpdates),
        redis=providers.Singleton(
            on_first_use("adapters.redis.market_updates:RedisMarketUpdates"),
            connection=redis,
            fetch_lock=plain_fetch_lock,
            sources=sources,
        ),
    )
    leader_election = providers.Selector(
        cache_name,
        memory=providers.Singleton(SingleProcessLeader),
        redis=providers.Singleton(
            on_first_use("adapters.redis.leader_election:RedisLeaderElection"), connection=redis, sources=sources
        ),
    )
    exchanges = providers.Singleton(
        _exchanges, settings=core.settings, sessions=sessions, clock=core.clock, meter=meter, tracing=tracing
    )
    generations = providers.Singleton(Generations, core.clock)
    markets = providers.Singleton(
        _markets,
        exchanges=exchanges,
        cache=cache,
        fetch_lock=fetch_lock,
        clock=core.clock,
        generations=generations,
        meter=meter,
        limits=providers.Callable(_limits, core.settings),
    )
    sync_markets = providers.Singleton(
        SyncMarkets,
        markets=markets,
        leader_election=leader_election,
        market_updates=market_updates,
        clock=core.clock,
        meter=meter,
        interval_seconds=core.settings.provided.sync_interval_seconds,
    )
    feed_meter = providers.Singleton(
        PrometheusFeedMeter,
        registry=core.metrics,
        exchanges=core.settings.provided.exchanges_with_feeds,
        ages=meter.provided.ages,
    )
    streams = providers.Singleton(
        _streams,
        settings=core.settings,
        sessions=sessions,
        markets=markets,
        fetch_lock=fetch_lock,
        clock=core.clock,
        meter=meter,
        feed_meter=feed_meter,
    )
    streamed_updates = providers.Selector(
        cache_name,
        memory=providers.Singleton(NoStreamedUpdates),
        redis=providers.Singleton(
            on_first_use("adapters.redis.streamed_updates:RedisStreamedUpdates"),
            connection=redis,
            sources=sources,
            on_rejected=meter.provided.cached_value_rejected,
        ),
    )
    run_feeds = providers.Singleton(
        _run_feeds,
        streams=streams,
        sync=sync_markets,
        markets=markets,
        updates=streamed_updates,
        clock=core.clock,
        meter=feed_meter,
    )
