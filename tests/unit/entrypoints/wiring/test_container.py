"""Every part can be built. dependency-injector takes misspelt keyword arguments until then, and so do type checkers."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from dependency_injector import providers

from adapters.binance.market_data import Binance
from adapters.kucoin.market_data import KuCoin
from adapters.memory.market_cache import MemoryMarketCache
from adapters.prometheus.exposition import Exposition
from adapters.prometheus.meter import PrometheusMeter
from adapters.prometheus.request_meter import PrometheusRequestMeter
from adapters.redis.connection import redis_connection
from adapters.redis.market_cache import RedisMarketCache
from adapters.sql.database import SqlDatabase
from adapters.system_clock import SystemClock
from application.health.check_health import CheckHealth
from application.market_data.market_data import MarketData
from application.rates.convert import Convert
from entrypoints.settings.settings import Settings
from entrypoints.wiring.container import Container
from entrypoints.wiring.running import running

NO_REDIS_THERE = "redis://127.0.0.1:1/0"


@pytest.fixture(params=["memory", "redis"])
async def container(request: pytest.FixtureRequest) -> AsyncIterator[Container]:
    """A container for each kind of cache. Building opens no connection."""
    settings = Settings(_env_file=None, redis_url=NO_REDIS_THERE if request.param == "redis" else None)
    async with aiohttp.ClientSession() as session, redis_connection(NO_REDIS_THERE) as link:
        sessions = dict.fromkeys(settings.exchanges, session)
        yield Container(settings=settings, sessions=sessions, redis=link if request.param == "redis" else None)


def test_every_provider_can_be_built(container: Container) -> None:
    built = {name: provider() for name, provider in container.providers.items()}
    assert {"cache", "markets"} <= built.keys()
    kinds = {
        "clock": SystemClock,
        "meter": PrometheusMeter,
        "request_meter": PrometheusRequestMeter,
        "exposition": Exposition,
        "database": SqlDatabase,
        "binance": Binance,
        "kucoin": KuCoin,
        "convert": Convert,
        "check_health": CheckHealth,
    }
    assert {name: type(built[name]) for name in kinds} == kinds
    assert built["cache_name"] in {"memory", "redis"}
    assert isinstance(built["cache"], MemoryMarketCache if built["cache_name"] == "memory" else RedisMarketCache)


def test_what_has_state_is_built_once(container: Container) -> None:
    for name, provider in container.providers.items():
        if isinstance(provider, providers.Singleton):
            assert provider() is provider(), name
    assert container.cache() is container.cache()


def test_markets_are_those_of_the_settings_in_their_order(container: Container) -> None:
    assert list(container.markets()) == ["binance", "kucoin"]
    with container.settings.override(Settings(_env_file=None, exchanges=("kucoin",))):
        container.reset_singletons()
        (market,) = container.markets().values()
    assert isinstance(market, MarketData)
    assert market.name == "kucoin"


@pytest.mark.parametrize("redis_url", [None, NO_REDIS_THERE])
async def test_what_is_opened_is_closed_again(redis_url: str | None) -> None:
    settings = Settings(_env_file=None, redis_url=redis_url, connect_timeout_seconds=0.5, attempt_timeout_seconds=1.5)
    async with running(settings) as container:
        sessions: dict[str, aiohttp.ClientSession] = container.sessions()
        assert list(sessions) == ["binance", "kucoin"]
        for session in sessions.values():
            assert not session.closed
            assert (session.timeout.sock_connect, session.timeout.total) == (0.5, 1.5)
        assert (container.redis() is None) == (redis_url is None)
    assert all(session.closed for session in sessions.values())
