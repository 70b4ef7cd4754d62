"""Purchase orders: accepting, reading and clearing them."""

import os
import socket
from decimal import Decimal

from dependency_injector import containers, providers

from application.orders.accept_order import AcceptOrder
from application.orders.batch_step import Clearing
from application.orders.cancel_order import CancelOrder
from application.orders.clear_orders import ClearOrders
from application.orders.clearing_limits import ClearingLimits
from application.orders.clearing_loop import ClearingLoop
from application.orders.lock_price import LockPrice
from application.orders.market_prices import MarketOrderPrices
from application.orders.price_locks_job import delete_expired_price_locks_job
from application.orders.purchase import PricePurchase
from application.orders.read_orders import ReadOrders
from domain.orders.terms import Charges
from domain.rates.routing import searches_of
from entrypoints.settings.settings import Settings


def _divergence(settings: Settings) -> Decimal | None:
    return settings.divergence_threshold_percent or None


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"[:64]


class OrdersContainer(containers.DeclarativeContainer):
    """The use cases of orders, and the loop that clears them."""

    core = providers.DependenciesContainer()
    meters = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    brokers = providers.DependenciesContainer()

    prices = providers.Singleton(
        MarketOrderPrices,
        markets=market_data.markets,
        searches=providers.Callable(searches_of, core.settings.provided.max_legs),
        max_age_seconds=core.settings.provided.order_price_max_seconds,
        divergence_percent=providers.Callable(_divergence, core.settings),
        meter=meters.orders,
    )
    charges = providers.Singleton(
        Charges, core.settings.provided.order_margin_percent, core.settings.provided.order_fee_percent
    )
    price_purchase = providers.Singleton(
        PricePurchase, database=storage.database, prices=prices, clock=core.clock, charges=charges
    )
    accept_order = providers.Singleton(
        AcceptOrder, database=storage.database, clock=core.clock, price_purchase=price_purchase, meter=meters.orders
    )
    lock_price = providers.Singleton(
        LockPrice,
        database=storage.database,
        clock=core.clock,
        price_purchase=price_purchase,
        seconds=core.settings.provided.price_lock_seconds,
    )
    cancel_order = providers.Singleton(CancelOrder, database=storage.database, clock=core.clock, meter=meters.orders)
    read_orders = providers.Singleton(ReadOrders, storage.database)
    delete_expired_price_locks_job = providers.Singleton(
        delete_expired_price_locks_job, database=storage.database, clock=core.clock
    )
    clearing = providers.Singleton(
        Clearing,
        database=storage.database,
        clock=core.clock,
        brokers=brokers.brokers,
        prices=prices,
        meter=meters.orders,
        limits=providers.Singleton(
            ClearingLimits,
            price_band_percent=core.settings.provided.order_price_band_percent,
            loss_limit=core.settings.provided.order_loss_limit,
            charges=charges,
        ),
        worker=providers.Callable(_worker),
    )
    clear_orders = providers.Singleton(ClearOrders, clearing)
    clearing_loop = providers.Singleton(
        ClearingLoop, clear_orders, interval_seconds=core.settings.provided.clearing_interval_seconds
    )
