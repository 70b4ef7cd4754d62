"""How the parts are put together: the only place that names adapters.

The container is synchronous. What must be opened and closed in a running loop, the sessions and the Redis client, is
opened in `running` and handed in.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry
from redis.asyncio import Redis

from adapters.binance.exchange import Binance
from adapters.kucoin.exchange import KuCoin
from adapters.memory.market_cache import MemoryMarketCache
from adapters.prometheus.exposition import Exposition
from adapters.prometheus.meter import PrometheusMeter
from adapters.prometheus.request_meter import PrometheusRequestMeter
from adapters.redis.market_cache import RedisMarketCache, redis_client
from adapters.sql.database import SqlDatabase
from adapters.system_clock import SystemClock
from application.check_health import CheckHealth
from application.convert import Convert
from application.fresh_market import FreshMarket
from application.ports.clock import Clock
from application.ports.exchange import Exchange
from application.ports.market_cache import MarketCache
from application.ports.meter import Meter
from entrypoints.settings import Settings

# Two calls at most are under way at once, one for the listing and one for the books.
CONNECTIONS_PER_EXCHANGE = 4


def _markets(
    settings: Settings, exchanges: Mapping[str, Callable[[], Exchange]], cache: MarketCache, clock: Clock, meter: Meter
) -> dict[str, FreshMarket]:
    return {
        name: FreshMarket(
            exchange=exchanges[name](),
            cache=cache,
            clock=clock,
            meter=meter,
            listing_max_age_seconds=settings.listing_max_age_seconds,
        )
        for name in settings.exchanges
    }


class Container(containers.DeclarativeContainer):
    """`sessions` holds one open ClientSession for each configured exchange; `redis` is None for the memory cache."""

    settings = providers.Dependency(instance_of=Settings)
    sessions = providers.Dependency(instance_of=dict)
    redis: providers.Dependency[Redis | None] = providers.Dependency(default=None)

    clock = providers.Singleton(SystemClock)
    metrics = providers.Singleton(CollectorRegistry)  # one for each container, so that two in a process do not mix
    meter = providers.Singleton(PrometheusMeter, registry=metrics, exchanges=settings.provided.exchanges)
    request_meter = providers.Singleton(PrometheusRequestMeter, registry=metrics)
    exposition = providers.Singleton(Exposition, registry=metrics, clock=clock)
    cache_name = providers.Callable(lambda redis: "memory" if redis is None else "redis", redis)
    cache = providers.Selector(
        cache_name,
        memory=providers.Singleton(MemoryMarketCache),
        redis=providers.Singleton(
            RedisMarketCache,
            client=redis,
            sources=providers.Dict(binance=settings.provided.binance_url, kucoin=settings.provided.kucoin_url),
        ),
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
        clock=clock,
        meter=meter,
    )
    convert = providers.Singleton(
        Convert, markets=markets, clock=clock, meter=meter, max_legs=settings.provided.max_legs
    )
    check_health = providers.Singleton(
        CheckHealth, markets=markets, cache=cache, cache_name=cache_name, database=database, clock=clock
    )


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Container]:
    """Open what the container needs, and close it all again."""
    async with AsyncExitStack() as stack:
        sessions = {name: await stack.enter_async_context(_session(settings)) for name in settings.exchanges}
        redis = redis_client(settings.redis_url.get_secret_value()) if settings.redis_url else None
        if redis is not None:
            stack.push_async_callback(redis.aclose)
        container = Container(settings=settings, sessions=sessions, redis=redis)
        stack.push_async_callback(container.database().close)
        for market in container.markets().values():
            stack.push_async_callback(market.close)
        yield container


async def migrate_database(settings: Settings) -> None:
    """Bring the database's tables up to date. Raises `DatabaseUnavailable`."""
    await Container(settings=settings, sessions={}).database().migrate()


def _session(settings: Settings) -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(
        total=settings.attempt_timeout_seconds,
        connect=settings.connect_timeout_seconds,
        sock_connect=settings.connect_timeout_seconds,
    )
    return aiohttp.ClientSession(
        timeout=timeout,
        connector=aiohttp.TCPConnector(limit=CONNECTIONS_PER_EXCHANGE),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "crossrate"},
    )
