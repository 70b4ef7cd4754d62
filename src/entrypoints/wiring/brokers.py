"""The brokers, by name and in the order in which clearing tries them."""

from collections.abc import Mapping

import aiohttp
from dependency_injector import containers, providers

from adapters.rest.registered_exchange import BrokerParts
from adapters.simulated_venue.broker import SimulatedBroker
from adapters.sql.database import SqlDatabase
from application.market_data.market_data import MarketData
from application.orders.ports.broker import Broker
from application.ports.clock import Clock
from entrypoints.settings.brokers import SIMULATED, registered_brokers, session_name
from entrypoints.settings.settings import Settings


def _brokers(
    settings: Settings,
    sessions: Mapping[str, aiohttp.ClientSession],
    markets: Mapping[str, MarketData],
    database: SqlDatabase,
    clock: Clock,
) -> dict[str, Broker]:
    def built(name: str) -> Broker:
        if name == SIMULATED:
            return SimulatedBroker(markets=markets, database=database, clock=clock, funds=settings.funds)
        parts = BrokerParts(
            url=settings.trading_url_of(name),
            settings=settings.broker_settings_of(name),
            session=sessions[session_name(name)],
            clock=clock,
        )
        return registered_brokers()[name].create(parts)

    return {name: built(name) for name in settings.brokers}


class BrokersContainer(containers.DeclarativeContainer):
    """No venue is called to build its broker, so one that is down stops nothing at the start."""

    core = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    sessions = providers.Dependency(instance_of=dict)

    brokers = providers.Singleton(
        _brokers,
        settings=core.settings,
        sessions=sessions,
        markets=market_data.markets,
        database=storage.database,
        clock=core.clock,
    )
