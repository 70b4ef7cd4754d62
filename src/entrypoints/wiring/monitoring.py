"""Metrics that belong to no feature, and the exposition of all metrics."""

from dependency_injector import containers, providers

from adapters.prometheus.exposition import Exposition
from adapters.prometheus.rate_exposition import RateExposition
from adapters.prometheus.request_meter import PrometheusRequestMeter
from adapters.prometheus.task_meter import PrometheusTaskMeter


class MonitoringContainer(containers.DeclarativeContainer):
    """Requests, tasks, and the text that Prometheus reads."""

    core = providers.DependenciesContainer()
    market_data = providers.DependenciesContainer()
    rates = providers.DependenciesContainer()

    request_meter = providers.Singleton(PrometheusRequestMeter, registry=core.metrics)
    task_meter = providers.Singleton(PrometheusTaskMeter, registry=core.metrics)
    exposition = providers.Singleton(
        Exposition,
        registry=core.metrics,
        meters=providers.List(market_data.meter, request_meter, task_meter),
        clock=core.clock,
    )
    rate_exposition = providers.Singleton(
        RateExposition, rates=rates.rates_in_memory, pairs=core.settings.provided.pairs_to_export, clock=core.clock
    )
