"""How the parts are put together; with its like for accounts and quotes, the only place that names adapters.

The container is synchronous. What must be opened and closed in a running loop, the sessions and the Redis client, is
opened in `running.py` and handed in.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from adapters.binance.exchange import Binance
from adapters.kucoin.exchange import KuCoin
from adapters.memory.alone import LeadAlone, NoNews
from adapters.memory.market_cache import MemoryMarketCache
from adapters.memory.turns import MemoryTurns
from adapters.prometheus.exposition import Exposition
from adapters.prometheus.meter import PrometheusMeter
from adapters.prometheus.request_meter import PrometheusRequestMeter
from adapters.prometheus.task_meter import PrometheusTaskMeter
from adapters.redis.leadership import RedisLeadership
from adapters.redis.link import RedisLink
from adapters.redis.market_cache import RedisMarketCache
from adapters.redis.news import RedisNews
from adapters.redis.turns import RedisTurns
from adapters.sql.database import SqlDatabase
from adapters.system_clock import SystemClock
from application.check_health import CheckHealth
from application.convert import Convert
from application.fresh_market import FreshMarket
from application.look_at_database import LookAtDatabase
from application.ports.clock import Clock
from application.ports.exchange import Exchange
from application.ports.market_cache import MarketCache
from application.ports.meter import Meter
from application.ports.turns import Turns
from application.sync_markets import SyncMarkets
from application.watch_divergence import WatchDivergence
from entrypoints.quotes_wiring import Ground, wired_quotes
from entrypoints.settings import Settings

if TYPE_CHECKING:
    from adapters.opentelemetry.tracing import Tracing


def _markets(
    settings: Settings,
    exchanges: Mapping[str, Callable[[], Exchange]],
    cache: MarketCache,
    turns: Turns,
    clock: Clock,
    meter: Meter,
    tracing: "Tracing | None",
) -> dict[str, FreshMarket]:
    return {
        name: FreshMarket(
            exchange=exchanges[name]() if tracing is None else tracing.exchange(exchanges[name]()),
            cache=cache,
            turns=turns,
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
    settings: Settings, markets: Mapping[str, FreshMarket], clock: Clock, meter: Meter
) -> WatchDivergence | None:
    threshold = settings.divergence_threshold_percent
    if not threshold:
        return None
    return WatchDivergence(markets=markets, clock=clock, meter=meter, threshold_percent=threshold)


def _cache(plain: MarketCache, tracing: "Tracing | None") -> MarketCache:
    return plain if tracing is None else tracing.market_cache(plain)


def _turns(plain: Turns, tracing: "Tracing | None") -> Turns:
    return plain if tracing is None else tracing.turns(plain)


def _convert(tracing: "Tracing | None", **parts: Any) -> Convert:  # noqa: ANN401 -- what Convert takes
    return Convert(**parts) if tracing is None else tracing.convert(**parts)


class Container(containers.DeclarativeContainer):
    """`sessions` holds one open ClientSession for each host to be asked; `redis` is None for the memory cache.

    `tracing` is None where nothing is traced, and then nothing stands between the parts.
    """

    settings = providers.Dependency(instance_of=Settings)
    sessions = providers.Dependency(instance_of=dict)
    redis: providers.Dependency[RedisLink | None] = providers.Dependency(default=None)
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
    plain_turns = providers.Selector(
        cache_name,
        memory=providers.Singleton(MemoryTurns, clock=clock),
        redis=providers.Singleton(RedisTurns, link=redis, sources=sources),
    )
    cache = providers.Singleton(_cache, plain=plain_cache, tracing=tracing)
    turns = providers.Singleton(_turns, plain=plain_turns, tracing=tracing)
    news = providers.Selector(
        cache_name,
        memory=providers.Singleton(NoNews),
        redis=providers.Singleton(RedisNews, link=redis, turns=plain_turns, sources=sources),
    )
    leadership = providers.Selector(
        cache_name,
        memory=providers.Singleton(LeadAlone),
        redis=providers.Singleton(RedisLeadership, link=redis, sources=sources),
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
        turns=turns,
        clock=clock,
        meter=meter,
        tracing=tracing,
    )
    sync_markets = providers.Singleton(
        SyncMarkets,
        markets=markets,
        leadership=leadership,
        news=news,
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
    look_at_database = providers.Singleton(
        LookAtDatabase, database=database, tracked=settings.provided.tracked_pairs, clock=clock
    )
    check_health = providers.Singleton(
        CheckHealth,
        markets=markets,
        cache=cache,
        cache_name=cache_name,
        look=look_at_database,
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
            look=look_at_database,
            convert=convert,
        ),
    )
