"""The whole service, composed of a container for each feature.

What not every process needs is imported and made when it is first used. The containers are synchronous. What a running
loop must open and close, sessions and connections, is opened in `running.py` and handed in.
"""

from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from entrypoints.settings.settings import Settings
from entrypoints.wiring.core import CoreContainer
from entrypoints.wiring.market_data import MarketDataContainer
from entrypoints.wiring.meters import MetersContainer
from entrypoints.wiring.monitoring import MonitoringContainer
from entrypoints.wiring.on_first_use import on_first_use
from entrypoints.wiring.rate_limits import RateLimitsContainer
from entrypoints.wiring.rates import RatesContainer
from entrypoints.wiring.reference import ReferenceContainer
from entrypoints.wiring.storage import StorageContainer

if TYPE_CHECKING:
    from adapters.opentelemetry.tracing import Tracing
    from adapters.redis.connection import RedisConnection
    from entrypoints.wiring.brokers import BrokersContainer
    from entrypoints.wiring.clearing_administration import ClearingAdministrationContainer
    from entrypoints.wiring.health import HealthContainer
    from entrypoints.wiring.idempotency import IdempotencyContainer
    from entrypoints.wiring.identity import IdentityContainer
    from entrypoints.wiring.jobs import JobsContainer
    from entrypoints.wiring.ledger import LedgerContainer
    from entrypoints.wiring.orders import OrdersContainer
    from entrypoints.wiring.quotes import QuotesContainer
    from entrypoints.wiring.wallets import WalletsContainer
    from entrypoints.wiring.webhooks import WebhooksContainer


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
    meters = providers.Container(MetersContainer, core=core)
    storage = providers.Container(StorageContainer, core=core)
    idempotency: "providers.Provider[IdempotencyContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.idempotency:IdempotencyContainer"),
        core=core,
        storage=storage,
        jwt_secret=jwt_secret.provider,
    )
    rate_limits = providers.Container(RateLimitsContainer, core=core, redis=redis)
    identity: "providers.Provider[IdentityContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.identity:IdentityContainer"),
        core=core,
        meters=meters,
        storage=storage,
        jwt_secret=jwt_secret.provider,
    )
    market_data = providers.Container(MarketDataContainer, core=core, sessions=sessions, redis=redis, tracing=tracing)
    reference = providers.Container(
        ReferenceContainer, core=core, storage=storage, market_data=market_data, sessions=sessions, redis=redis
    )
    rates = providers.Container(
        RatesContainer, core=core, market_data=market_data, reference=reference, tracing=tracing
    )
    quotes: "providers.Provider[QuotesContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.quotes:QuotesContainer"),
        core=core,
        meters=meters,
        storage=storage,
        market_data=market_data,
        rates=rates,
        reference=reference,
        sessions=sessions,
    )
    webhooks: "providers.Provider[WebhooksContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.webhooks:WebhooksContainer"), core=core, meters=meters, storage=storage
    )
    ledger: "providers.Provider[LedgerContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.ledger:LedgerContainer"), core=core, meters=meters, storage=storage
    )
    wallets: "providers.Provider[WalletsContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.wallets:WalletsContainer"),
        core=core,
        storage=storage,
        market_data=market_data,
        rates=rates,
        reference=reference,
    )
    brokers: "providers.Provider[BrokersContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.brokers:BrokersContainer"),
        core=core,
        storage=storage,
        market_data=market_data,
        sessions=sessions,
    )
    orders: "providers.Provider[OrdersContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.orders:OrdersContainer"),
        core=core,
        meters=meters,
        storage=storage,
        market_data=market_data,
        brokers=brokers,
    )
    clearing_administration: "providers.Provider[ClearingAdministrationContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.clearing_administration:ClearingAdministrationContainer"),
        core=core,
        meters=meters,
        storage=storage,
        identity=identity,
        brokers=brokers,
        orders=orders,
    )
    health: "providers.Provider[HealthContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.health:HealthContainer"),
        core=core,
        storage=storage,
        market_data=market_data,
        quotes=quotes,
        reference=reference,
    )
    jobs: "providers.Provider[JobsContainer]" = providers.Singleton(
        on_first_use("entrypoints.wiring.jobs:JobsContainer"),
        core=core,
        meters=meters,
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
