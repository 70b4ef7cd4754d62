"""What verifying the ledger found, as Prometheus metrics."""

from prometheus_client import CollectorRegistry, Counter

from application.ledger.ports.ledger_meter import LedgerMeter


class PrometheusLedgerMeter(LedgerMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._postings = Counter(
            "crossrate_ledger_verified_postings",
            "Postings of the ledger whose balance and hash were verified.",
            registry=registry,
        )
        self._faults = Counter(
            "crossrate_ledger_faults", "Faults that verifying the ledger found, at each run again.", registry=registry
        )

    def ledger_verified(self, postings: int, faults: int) -> None:
        """Count both."""
        self._postings.inc(postings)
        self._faults.inc(faults)
