"""What reconciliation found, as Prometheus metrics."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge

from application.orders.ports.reconciliation_meter import ReconciliationMeter


class PrometheusReconciliationMeter(ReconciliationMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry, venues: Sequence[str] = (), started_at: float = 0.0) -> None:
        self._runs = Counter(
            "crossrate_reconciliations", "Reconciliations of orders, ledger and venues.", registry=registry
        )
        self._differences = Counter(
            "crossrate_reconciliation_differences",
            "Comparisons that did not agree, at each reconciliation again.",
            registry=registry,
        )

        self._compared_at = Gauge(
            "crossrate_venue_compared_timestamp_seconds",
            "Unix time at which a venue's balances were last compared with the ledger, or of the start.",
            ("venue",),
            registry=registry,
            multiprocess_mode="max",
        )
        for venue in venues:  # so that one that never is compared raises an alarm, too
            self.venue_compared(venue, started_at)

    def reconciled(self, differences: int) -> None:
        """Count both."""
        self._runs.inc()
        self._differences.inc(differences)

    def venue_compared(self, venue: str, at: float) -> None:
        """Set the time."""
        self._compared_at.labels(venue).set(at)
