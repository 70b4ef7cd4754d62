"""Recorded quotes as a Prometheus metric."""

from prometheus_client import CollectorRegistry, Gauge

from application.quotes.ports.quote_meter import QuoteMeter
from domain.quotes.quote import Quote

# Processes can share a time but not an age: the gauge holds a Unix time, which `Exposition` turns into an age.
QUOTE_AGE = "crossrate_quote_age_seconds"


class PrometheusQuoteMeter(QuoteMeter):
    """Writes to `registry`, or to this process's files if several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._moments = Gauge(
            QUOTE_AGE,
            "Age of the newest recorded quote of a tracked pair that this process knows.",
            ("pair",),
            registry=registry,
            multiprocess_mode="livemax",
        )

    def quote_recorded(self, quote: Quote) -> None:
        """Store the time of the pair's quote."""
        self._moments.labels(str(quote.pair)).set(quote.observed_at)
