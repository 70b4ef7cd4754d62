"""Writes all metrics in Prometheus' text format."""

import os
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, Metric, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from prometheus_client.samples import Sample

from adapters.prometheus.meter import MARKET_AGE
from adapters.prometheus.quote_meter import QUOTE_AGE
from adapters.prometheus.reference_meter import OVERDUE
from adapters.prometheus.tallies import Buffered
from application.ports.clock import Clock

# The library's own switch. If set, each process writes its counts to files in this folder, and each can add them up.
FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

AGES = frozenset({MARKET_AGE, QUOTE_AGE, OVERDUE})


class Exposition:
    """The answer to `GET /metrics`: sums over all processes, without what the others counted since their last flush."""

    content_type = CONTENT_TYPE_PLAIN_0_0_4

    def __init__(self, registry: CollectorRegistry, meters: Sequence[Buffered], clock: Clock) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # would double the series for nothing
        counted = _of_all_processes() if FOLDER_VARIABLE in os.environ else registry
        self._aged = _Aged(counted, clock)
        self._meters = meters

    def flush(self) -> None:
        """Flush the meters. Call it before `render` and periodically, in the thread that counts."""
        for meter in self._meters:
            meter.flush()

    def render(self) -> bytes:
        """Return all metrics as last flushed. Any thread may call it."""
        return generate_latest(self._aged)


def _of_all_processes() -> Collector:
    return MultiProcessCollector(None)  # type: ignore[no-untyped-call]  # untyped in the library


class _Aged(Collector):
    """Turns the times at which markets and quotes were observed into ages."""

    def __init__(self, counted: Collector, clock: Clock) -> None:
        self._counted = counted
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        for metric in self._counted.collect():
            yield self._with_ages(metric) if metric.name in AGES else metric

    def _with_ages(self, moments: Metric) -> Metric:
        now = self._clock.now()
        ages = Metric(moments.name, moments.documentation, moments.type)
        ages.samples = [each._replace(value=max(0.0, now - each.value)) for each in _observed(moments)]
        return ages


def _observed(moments: Metric) -> Iterator[Sample]:
    # A new series is briefly 0, which would be an age of fifty years.
    return (each for each in moments.samples if each.value > 0)
