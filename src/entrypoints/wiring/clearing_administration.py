"""What administrators do about clearing."""

from dependency_injector import containers, providers

from application.orders.administer_clearing import AdministerClearing
from application.orders.fill_with_demo_data import FillWithDemoData
from application.orders.reconcile import Reconcile
from application.orders.reconcile_venues import ReconcileVenues
from application.orders.reconciliation_job import reconcile_job
from application.orders.refund_order import RefundOrder
from application.orders.resolve_batch import ResolveBatch


class ClearingAdministrationContainer(containers.DeclarativeContainer):
    """Reconciliation asks the venues of `brokers`."""

    core = providers.DependenciesContainer()
    meters = providers.DependenciesContainer()
    storage = providers.DependenciesContainer()
    brokers = providers.DependenciesContainer()
    orders = providers.DependenciesContainer()
    identity = providers.DependenciesContainer()

    administer = providers.Singleton(
        AdministerClearing,
        database=storage.database,
        clock=core.clock,
        venues=core.settings.provided.brokers,
        brokers=brokers.brokers,
    )
    fill_with_demo_data = providers.Singleton(
        FillWithDemoData,
        database=storage.database,
        hasher=identity.hasher,
        clock=core.clock,
        venues=core.settings.provided.brokers,
    )
    resolve_batch = providers.Singleton(ResolveBatch, orders.clearing, storage.database)
    refund_order = providers.Singleton(RefundOrder, orders.clearing, storage.database)
    reconcile_venues = providers.Singleton(
        ReconcileVenues, database=storage.database, brokers=brokers.brokers, clock=core.clock
    )
    reconcile = providers.Singleton(
        Reconcile, database=storage.database, venues=reconcile_venues, clock=core.clock, meter=meters.reconciliation
    )
    reconcile_job = providers.Singleton(reconcile_job, reconcile)
