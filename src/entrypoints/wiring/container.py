"""How the parts are put together; with its like for accounts and quotes, the only place that names adapters.

The container is synchronous. What must be opened and closed in a running loop, the sessions and the Redis client, is
opened in `running.py` and handed in.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from adapters.binance.market_data import Binance
from adapters.kucoin.market_data import KuCoin
from adapters.memory.fetch_lock import MemoryFetchLock
from adapters.memory.market_cache import MemoryMarketCache
from adapters.memory.single_process import NoMarketUpdates, SingleProcessLeader
from adapters.prometheus.exposition import Exposition
from adapters.prometheus.meter import PrometheusMeter
from adapters.prometheus.request_meter import PrometheusRequestMeter
from adapters.prometheus.task_meter import PrometheusTaskMeter
from adapters.redis.connection import RedisConnection
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.leader_election import RedisLeaderElection
from adapters.redis.market_cache import RedisMarketCache
from adapters.redis.market_updates import RedisMarketUpdates
from adapters.sql.database import SqlDatabase
from adapters.system_clock import SystemClock
from application.health.check_health import CheckHealth
from application.health.database_probe import DatabaseProbe
from application.market_data.market_data import MarketData
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.fetch_lock import FetchLock
from application.market_data.ports.market_cache import MarketCache
from application.market_data.ports.meter import Meter
from application.market_data.sync_markets import SyncMarkets
from application.ports.clock import Clock
from application.rates.convert import Convert
from application.rates.watch_divergence import WatchDivergence
from entrypoints.settings.settings import Settings
from entrypoints.wiring.quotes import Ground, wired_quotes

if TYPE_CHECKING:
    from adapters.opentelemetry.tracing import Tracing


def _markets(
    settings: Settings,
    exchanges: Mapping[str, Callable[[], Exchange]],
    cache: MarketCache,
    fetch_lock: FetchLock,
    clock: Clock,
    meter: Meter,
    tracing: "Tracing | None",
) -> dict[str, MarketData]:
    return {
        name: MarketData(
            exchange=exchanges[name]() if tracing is None else tracing.exchange(exchanges[name]()),
            cache=cache,
            fetch_lock=fetch_lock,
            clock=clock,
            meter=meter,
            listing_max_age_seconds=settings.listing_max_age_seconds,
        )
        for name in settings.exchanges
    }


def _sources(settings: Settings) -> dict[str, str]:
    urls = {"binance": settings.binance_url, "kucoin": settings.kucoin_url}
    return {name: urls[name] for name in settings.exchanges}


def _watch_divergence(
    settings: Settings, markets: Mapping[str, MarketData], clock: Clock, meter: Meter
) -> WatchDivergence | None:
    threshold = settings.divergence_threshold_percent
    if not threshold:
        return None
    return WatchDivergence(markets=markets, clock=clock, meter=meter, threshold_percent=threshold)


def _cache(plain: MarketCache, tracing: "Tracing | None") -> MarketCache:
    return plain if tracing is None else tracing.market_cache(plain)


def _fetch_lock(plain: FetchLock, tracing: "Tracing | None") -> FetchLock:
    return plain if tracing is None else tracing.fetch_lock(plain)


def _convert(tracing: "Tracing | None", **parts: Any) -> Convert:  # noqa: ANN401 -- what Convert takes
    return Convert(**parts) if tracing is None else tracing.convert(**parts)


class Container(containers.DeclarativeContainer):
    """`sessions` holds one open ClientSession for each host to be asked; `redis` is None for the memory cache.

    `tracing` is None where nothing is traced, and then nothing stands between the parts.
    """

    settings = providers.Dependency(instance_of=Settings)
    sessions = providers.Dependency(instance_of=dict)
    redis: providers.Dependency[RedisConnection | None] = providers.Dependency(default=None)
    tracing: providers.Dependency["Tracing | None"] = providers.Dependency(default=providers.Object(None))

    clock = providers.Singleton(SystemClock)
    metrics = providers.Singleton(CollectorRegistry)  # one for each container, so that two in a process do not mix
    meter = providers.Singleton(PrometheusMeter, registry=metrics, exchanges=settings.provided.exchanges)
    request_meter = providers.Singleton(PrometheusRequestMeter, registry=metrics)
    task_meter = providers.Singleton(PrometheusTaskMeter, registry=metrics)
    exposition = providers.Singleton(
        Exposition, registry=metrics, meters=providers.List(meter, request_meter, task_meter), clock=clock
    )
    cache_name = providers.Callable(lambda redis: "memory" if redis is None else "redis", redis)
    sources = providers.Callable(_sources, settings)
    plain_cache = providers.Selector(
        cache_name,
        memory=providers.Singleton(MemoryMarketCache),
        redis=providers.Singleton(RedisMarketCache, link=redis, sources=sources),
    )
    plain_fetch_lock = providers.Selector(
        cache_name,
        memory=providers.Singleton(MemoryFetchLock, clock=clock),
        redis=providers.Singleton(RedisFetchLock, link=redis, sources=sources),
    )
    cache = providers.Singleton(_cache, plain=plain_cache, tracing=tracing)
    fetch_lock = providers.Singleton(_fetch_lock, plain=plain_fetch_lock, tracing=tracing)
    market_updates = providers.Selector(
        cache_name,
        memory=providers.Singleton(NoMarketUpdates),
        redis=providers.Singleton(RedisMarketUpdates, link=redis, fetch_lock=plain_fetch_lock, sources=sources),
    )
    leader_election = providers.Selector(
        cache_name,
        memory=providers.Singleton(SingleProcessLeader),
        redis=providers.Singleton(RedisLeaderElection, link=redis, sources=sources),
    )
    database = providers.Singleton(
        SqlDatabase,
        address=settings.provided.database_url.get_secret_value.call(),
        upgrades_itself=settings.provided.has_embedded_database,
    )
    binance = providers.Singleton(
        Binance, base_url=settings.provided.binance_url, session=sessions.provided["binance"], clock=clock, meter=meter
    )
    kucoin = providers.Singleton(
        KuCoin, base_url=settings.provided.kucoin_url, session=sessions.provided["kucoin"], clock=clock, meter=meter
    )
    markets = providers.Singleton(
        _markets,
        settings=settings,
        exchanges=providers.Dict(binance=binance.provider, kucoin=kucoin.provider),
        cache=cache,
        fetch_lock=fetch_lock,
        clock=clock,
        meter=meter,
        tracing=tracing,
    )
    sync_markets = providers.Singleton(
        SyncMarkets,
        markets=markets,
        leader_election=leader_election,
        market_updates=market_updates,
        clock=clock,
        meter=meter,
        interval_seconds=settings.provided.sync_interval_seconds,
    )
    watch_divergence = providers.Singleton(
        _watch_divergence, settings=settings, markets=markets, clock=clock, meter=meter
    )
    convert = providers.Singleton(
        _convert,
        tracing=tracing,
        markets=markets,
        clock=clock,
        meter=meter,
        max_legs=settings.provided.max_legs,
        divergence=watch_divergence,
    )
    database_probe = providers.Singleton(
        DatabaseProbe, database=database, tracked=settings.provided.tracked_pairs, clock=clock
    )
    check_health = providers.Singleton(
        CheckHealth,
        markets=markets,
        cache=cache,
        cache_name=cache_name,
        database_probe=database_probe,
        clock=clock,
        sync=sync_markets,
    )
    quotes = providers.Singleton(
        wired_quotes,
        providers.Factory(
            Ground,
            settings=settings,
            sessions=sessions,
            clock=clock,
            registry=metrics,
            meter=meter,
            database=database,
            database_probe=database_probe,
            convert=convert,
        ),
    )
