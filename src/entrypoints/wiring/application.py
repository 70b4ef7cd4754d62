"""The whole service, composed of a container for each feature.

The containers are synchronous. What a running loop must open and close, sessions and connections, is opened in
`running.py` and handed in.
"""

from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from entrypoints.settings.settings import Settings
from entrypoints.wiring.brokers import BrokersContainer
from entrypoints.wiring.clearing_administration import ClearingAdministrationContainer
from entrypoints.wiring.core import CoreContainer
from entrypoints.wiring.health import HealthContainer
from entrypoints.wiring.idempotency import IdempotencyContainer
from entrypoints.wiring.identity import IdentityContainer
from entrypoints.wiring.jobs import JobsContainer
from entrypoints.wiring.ledger import LedgerContainer
from entrypoints.wiring.market_data import MarketDataContainer
from entrypoints.wiring.monitoring import MonitoringContainer
from entrypoints.wiring.orders import OrdersContainer
from entrypoints.wiring.quotes import QuotesContainer
from entrypoints.wiring.rates import RatesContainer
from entrypoints.wiring.reference import ReferenceContainer
from entrypoints.wiring.storage import StorageContainer
from entrypoints.wiring.wallets import WalletsContainer
from entrypoints.wiring.webhooks import WebhooksContainer

if TYPE_CHECKING:
    from adapters.opentelemetry.tracing import Tracing
    from adapters.redis.connection import RedisConnection


class ApplicationContainer(containers.DeclarativeContainer):
    """`sessions` has an open session per host. Without `redis`, processes share no prices and no counts.

    `jwt_secret` is needed only to write or read tokens.
    """

    settings = providers.Dependency(instance_of=Settings)
    sessions = providers.Dependency(instance_of=dict)
    jwt_secret = providers.Dependency(instance_of=bytes)
    redis: providers.Dependency["RedisConnection | None"] = providers.Dependency(default=providers.Object(None))
    tracing: providers.Dependency["Tracing | None"] = providers.Dependency(default=providers.Object(None))

    core = providers.Container(CoreContainer, settings=settings)
    storage = providers.Container(StorageContainer, core=core)
    idempotency = providers.Container(IdempotencyContainer, core=core, storage=storage, jwt_secret=jwt_secret)
    identity = providers.Container(IdentityContainer, core=core, storage=storage, jwt_secret=jwt_secret, redis=redis)
    market_data = providers.Container(MarketDataContainer, core=core, sessions=sessions, redis=redis, tracing=tracing)
    reference = providers.Container(
        ReferenceContainer, core=core, storage=storage, market_data=market_data, sessions=sessions, redis=redis
    )
    rates = providers.Container(
        RatesContainer, core=core, market_data=market_data, reference=reference, tracing=tracing
    )
    quotes = providers.Container(
        QuotesContainer,
        core=core,
        storage=storage,
        market_data=market_data,
        rates=rates,
        reference=reference,
        sessions=sessions,
    )
    webhooks = providers.Container(WebhooksContainer, core=core, storage=storage)
    ledger = providers.Container(LedgerContainer, core=core, storage=storage)
    wallets = providers.Container(
        WalletsContainer,
        core=core,
        storage=storage,
        identity=identity,
        market_data=market_data,
        rates=rates,
        reference=reference,
    )
    brokers = providers.Container(
        BrokersContainer, core=core, storage=storage, market_data=market_data, sessions=sessions
    )
    orders = providers.Container(OrdersContainer, core=core, storage=storage, market_data=market_data, brokers=brokers)
    clearing_administration = providers.Container(
        ClearingAdministrationContainer, core=core, storage=storage, identity=identity, brokers=brokers, orders=orders
    )
    health = providers.Container(
        HealthContainer, core=core, storage=storage, market_data=market_data, quotes=quotes, reference=reference
    )
    jobs = providers.Container(
        JobsContainer,
        core=core,
        storage=storage,
        idempotency=idempotency,
        quotes=quotes,
        ledger=ledger,
        webhooks=webhooks,
        orders=orders,
        clearing_administration=clearing_administration,
        reference=reference,
    )
    monitoring = providers.Container(MonitoringContainer, core=core, market_data=market_data, rates=rates)
