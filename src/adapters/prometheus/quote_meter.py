"""Recorded quotes as a Prometheus metric."""

from prometheus_client import CollectorRegistry, Gauge

from application.quotes.ports.quote_meter import QuoteMeter
from domain.quotes.quote import Quote

# Processes can share a moment but not an age: the gauge holds a Unix second, and `Exposition` turns it into an age.
QUOTE_AGE = "crossrate_quote_age_seconds"


class PrometheusQuoteMeter(QuoteMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._moments = Gauge(
            QUOTE_AGE,
            "Age of the newest quote that this process has recorded of a tracked pair, or seen recorded.",
            ("pair",),
            registry=registry,
            multiprocess_mode="livemax",
        )

    def quote_recorded(self, quote: Quote) -> None:
        """Set the pair's moment."""
        self._moments.labels(str(quote.pair)).set(quote.observed_at)
