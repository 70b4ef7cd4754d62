"""What reconciliation found, as Prometheus metrics."""

from prometheus_client import CollectorRegistry, Counter

from application.orders.ports.reconciliation_meter import ReconciliationMeter


class PrometheusReconciliationMeter(ReconciliationMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._runs = Counter(
            "crossrate_reconciliations", "Reconciliations of orders, ledger and venues.", registry=registry
        )
        self._differences = Counter(
            "crossrate_reconciliation_differences",
            "Comparisons that did not agree, at each reconciliation again.",
            registry=registry,
        )

    def reconciled(self, differences: int) -> None:
        """Count both."""
        self._runs.inc()
        self._differences.inc(differences)
