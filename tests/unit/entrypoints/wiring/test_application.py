"""Every part can be built. dependency-injector takes misspelt names and arguments until then; so do type checkers."""

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from dependency_injector import containers, providers

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
from application.identity.login import Login
from application.market_data.market_data import MarketData
from application.quotes.record_hour import RecordHour
from application.rates.convert import Convert
from domain.orders.errors import BrokerUnavailable
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.on_first_use import OnFirstUse
from entrypoints.wiring.running import running

NO_REDIS_THERE = "redis://127.0.0.1:1/0"
SECRET = b"a secret of the tests, and of nobody else"

# What a provider needs when it is called, since no container has it.
MISSING_ARGUMENTS: dict[str, dict[str, object]] = {
    "jobs.scheduler": {"queue": None},
    "webhooks.deliver_batch": {"sender": None},
    "webhooks.deliver": {"deliver": None},
}


@pytest.fixture(params=["memory", "redis"])
async def container(request: pytest.FixtureRequest) -> AsyncIterator[ApplicationContainer]:
    """A container for each kind of cache. Building opens no connection."""
    is_shared = request.param == "redis"
    settings = Settings(_env_file=None, redis_url=NO_REDIS_THERE if is_shared else None, alphavantage_api_key="key")
    async with aiohttp.ClientSession() as session, redis_connection(NO_REDIS_THERE) as link:
        sessions = dict.fromkeys((*settings.exchanges, *settings.feed_session_urls, "alphavantage", "ecb"), session)
        yield ApplicationContainer(
            settings=settings, sessions=sessions, jwt_secret=SECRET, redis=link if is_shared else None
        )


def all_providers(container: containers.Container, place: str = "") -> Iterator[tuple[str, providers.Provider[object]]]:
    """Yield every provider of the container and of those in it, by its path such as `rates.convert`."""
    for name, provider in container.providers.items():
        is_late = isinstance(provider, providers.Singleton) and isinstance(provider.provides, OnFirstUse)
        if isinstance(provider, providers.Container) or (is_late and not place):
            yield from all_providers(provider(), f"{place}{name}.")
        elif not isinstance(provider, providers.DependenciesContainer):
            yield place + name, provider


def test_every_provider_can_be_built(container: ApplicationContainer) -> None:
    built = {path: provider(**MISSING_ARGUMENTS.get(path, {})) for path, provider in all_providers(container)}
    kinds = {
        "core.clock": SystemClock,
        "storage.database": SqlDatabase,
        "identity.login": Login,
        "market_data.meter": PrometheusMeter,
        "rates.convert": Convert,
        "quotes.record_hour": RecordHour,
        "health.check_health": CheckHealth,
        "monitoring.request_meter": PrometheusRequestMeter,
        "monitoring.exposition": Exposition,
    }
    assert {path: type(built[path]) for path in kinds} == kinds
    exchanges = container.market_data().exchanges()
    assert {name: type(exchange) for name, exchange in exchanges.items()} == {"binance": Binance, "kucoin": KuCoin}
    assert built["market_data.cache_name"] in {"memory", "redis"}
    kind_of_cache = MemoryMarketCache if built["market_data.cache_name"] == "memory" else RedisMarketCache
    assert isinstance(built["market_data.cache"], kind_of_cache)


def test_a_provider_that_lacks_a_part_is_found() -> None:
    class Feature(containers.DeclarativeContainer):
        core = providers.DependenciesContainer()
        misspelt: providers.Provider[object] = providers.Singleton(dict, clock=core.clokc)

    class Whole(containers.DeclarativeContainer):
        core = ApplicationContainer.core
        feature = providers.Container(Feature, core=core)

    misspelt = dict(all_providers(Whole()))["feature.misspelt"]
    with pytest.raises(Exception, match="clokc"):
        misspelt()


def test_what_has_state_is_built_once(container: ApplicationContainer) -> None:
    singletons = [each for each in all_providers(container) if isinstance(each[1], providers.Singleton)]
    assert len(singletons) > 30
    for path, provider in singletons:
        assert provider() is provider(), path
    assert container.market_data().cache() is container.market_data().cache()


def test_features_share_their_parts(container: ApplicationContainer) -> None:
    used = container.quotes().storage.database()
    assert used is container.identity().storage.database() is container.storage().database()


def test_two_containers_share_no_state() -> None:
    one, other = (ApplicationContainer(settings=Settings(_env_file=None), sessions={}) for _ in range(2))
    assert one.storage().database() is not other.storage().database()
    assert one.core().metrics() is not other.core().metrics()


def test_markets_are_those_of_the_settings_in_their_order() -> None:
    def markets(*exchanges: str) -> dict[str, MarketData]:
        settings = Settings(_env_file=None, exchanges=exchanges)
        sessions = dict.fromkeys(exchanges)
        return ApplicationContainer(settings=settings, sessions=sessions).market_data().markets()

    assert list(markets("binance", "kucoin")) == ["binance", "kucoin"]
    (market,) = markets("kucoin").values()
    assert isinstance(market, MarketData)
    assert market.name == "kucoin"


@pytest.mark.parametrize("redis_url", [None, NO_REDIS_THERE])
async def test_what_is_opened_is_closed_again(redis_url: str | None) -> None:
    settings = Settings(_env_file=None, redis_url=redis_url, connect_timeout_seconds=0.5, attempt_timeout_seconds=1.5)
    async with running(settings) as container:
        sessions: dict[str, aiohttp.ClientSession] = container.sessions()
        assert list(sessions) == ["binance", "kucoin", "ecb", "binance_feed", "kucoin_feed"]
        for session in sessions.values():
            assert not session.closed
            assert (session.timeout.sock_connect, session.timeout.total) == (0.5, 1.5)
        assert (container.redis() is None) == (redis_url is None)
    assert all(session.closed for session in sessions.values())


async def test_brokers_are_built_in_the_order_of_the_settings_without_being_called() -> None:
    keys = {f"{name}_{key}": "x" for name in ("binance", "kucoin") for key in ("api_key", "api_secret")}
    nowhere = {"binance_trading_url": "http://127.0.0.1:1", "kucoin_trading_url": "http://127.0.0.1:1"}
    chosen = {"brokers": ("kucoin", "simulated", "binance"), "kucoin_api_passphrase": "x"}
    settings = Settings.model_validate({"_env_file": None} | keys | nowhere | chosen)
    async with aiohttp.ClientSession() as session:
        sessions = dict.fromkeys(settings.called_urls, session)
        brokers = ApplicationContainer(settings=settings, sessions=sessions).brokers().brokers()
        assert [(name, broker.venue) for name, broker in brokers.items()] == [
            ("kucoin", "kucoin"),
            ("simulated", "simulated"),
            ("binance", "binance"),
        ]
        with pytest.raises(BrokerUnavailable):
            await brokers["binance"].balances()
