"""Metrics of features that are imported late. Every process has them from its start: a new series shows no increase."""

from dependency_injector import containers, providers

from adapters.prometheus.identity_meter import PrometheusIdentityMeter
from adapters.prometheus.job_meter import PrometheusJobMeter
from adapters.prometheus.ledger_meter import PrometheusLedgerMeter
from adapters.prometheus.orders_meter import PrometheusOrdersMeter
from adapters.prometheus.quote_meter import PrometheusQuoteMeter
from adapters.prometheus.reconciliation_meter import PrometheusReconciliationMeter
from adapters.prometheus.webhook_meter import PrometheusWebhookMeter
from entrypoints.settings.settings import Settings

# Written out, because the modules that name them import their features.
_ALWAYS = (
    "delete_expired_idempotency_keys",
    "verify_ledger",
    "release_expired_holds",
    "delete_old_deliveries",
    "delete_expired_price_locks",
    "reconcile_orders",
    "record_hour",
)
_OF_TABLES = ("record_table",)
_OF_REFERENCE_RATES = ("keep_reference_rates", "keep_reference_history")


def job_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of the jobs that these settings ask for."""
    of_tables = _OF_TABLES if settings.records_all else ()
    of_reference_rates = _OF_REFERENCE_RATES if settings.has_reference_rates else ()
    return (*_ALWAYS, *of_tables, *of_reference_rates)


class MetersContainer(containers.DeclarativeContainer):
    """Nothing here may import a feature."""

    core = providers.DependenciesContainer()

    identity = providers.Singleton(PrometheusIdentityMeter, registry=core.metrics)
    jobs = providers.Singleton(
        PrometheusJobMeter, registry=core.metrics, jobs=providers.Callable(job_names, core.settings)
    )
    ledger = providers.Singleton(PrometheusLedgerMeter, registry=core.metrics)
    orders = providers.Singleton(PrometheusOrdersMeter, registry=core.metrics, venues=core.settings.provided.brokers)
    quotes = providers.Singleton(PrometheusQuoteMeter, registry=core.metrics)
    reconciliation = providers.Singleton(
        PrometheusReconciliationMeter,
        registry=core.metrics,
        venues=core.settings.provided.brokers,
        started_at=providers.Callable(lambda clock: clock.now(), core.clock),
    )
    webhooks = providers.Singleton(PrometheusWebhookMeter, registry=core.metrics)
    at_start = providers.List(identity, jobs, ledger, orders, quotes, reconciliation, webhooks)
