"""Reference rates as Prometheus metrics."""

from prometheus_client import CollectorRegistry, Gauge

from application.rates.ports.reference_meter import ReferenceMeter
from domain.rates.reference_rates import ReferenceRates

# Processes can share a time but not an age: the gauge holds a Unix time, which `Exposition` turns into an age.
OVERDUE = "crossrate_reference_rates_overdue_seconds"


class PrometheusReferenceMeter(ReferenceMeter):
    """Writes to `registry`, or to this process's files if several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._published = Gauge(
            "crossrate_reference_rates_published_timestamp_seconds",
            "When the bank published the newest reference rates that a process knows, in Unix seconds.",
            ("source",),
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._overdue = Gauge(
            OVERDUE,
            "For how long newer reference rates have been missing: 0 while those known are current.",
            ("source",),
            registry=registry,
            multiprocess_mode="livemax",
        )

    def reference_rates_known(self, rates: ReferenceRates) -> None:
        """Keep when they were published, and when they are no longer current."""
        self._published.labels(rates.source).set(rates.published_at)
        self._overdue.labels(rates.source).set(rates.missed_at)
