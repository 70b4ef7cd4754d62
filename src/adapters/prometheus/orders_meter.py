"""Orders and their clearing as Prometheus metrics."""

from collections.abc import Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from application.orders.ports.orders_meter import OrdersMeter
from domain.orders.attempt import AttemptOutcome

# From an order at threshold to one that waits a day for others.
BUCKETS_SECONDS = (0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 600.0, 3600.0, 21600.0, 86400.0)
_CERTAIN = tuple(outcome.value for outcome in AttemptOutcome if outcome is not AttemptOutcome.PENDING)


class PrometheusOrdersMeter(OrdersMeter):
    """Writes to `registry`, or to this process's files where several processes are measured together."""

    def __init__(self, registry: CollectorRegistry, venues: Sequence[str] = ()) -> None:
        self._diverged = Counter(
            "crossrate_order_prices_diverged", "Prices refused because exchanges differ too much.", registry=registry
        )
        self._accepted = Counter("crossrate_orders_accepted", "Orders accepted.", ("asset",), registry=registry)
        self._ended = Counter(
            "crossrate_orders_ended", "Orders settled or refunded.", ("asset", "status"), registry=registry
        )
        self._settled_after = Histogram(
            "crossrate_order_settled_seconds",
            "Time from an order's acceptance to its settlement.",
            ("asset",),
            registry=registry,
            buckets=BUCKETS_SECONDS,
        )
        self._batches = Counter("crossrate_clearing_batches", "Batches formed.", ("asset",), registry=registry)
        self._attempts = Counter(
            "crossrate_clearing_attempts",
            "Attempts to buy at an exchange whose outcome is certain.",
            ("venue", "outcome"),
            registry=registry,
        )
        for labels in product(venues, _CERTAIN):  # from the start: a new series shows no increase
            self._attempts.labels(*labels)
        self._queued = _gauge(registry, "orders_queued", "Orders that wait for others.", ("asset",))
        self._oldest = _gauge(registry, "orders_oldest_seconds", "How long the oldest order waits.", ("asset",))
        self._halted = _gauge(registry, "clearing_halted", "Halts of clearing: of one asset, or of all.")
        self._stuck = _gauge(registry, "clearing_stuck", "Batches that wait for an admin.")

    def prices_diverged(self) -> None:
        """Count it."""
        self._diverged.inc()

    def order_accepted(self, asset: str) -> None:
        """Count it."""
        self._accepted.labels(asset).inc()

    def orders_ended(self, asset: str, status: str, count: int) -> None:
        """Count them."""
        self._ended.labels(asset, status).inc(count)

    def order_settled(self, asset: str, seconds: float) -> None:
        """Observe the time."""
        self._settled_after.labels(asset).observe(seconds)

    def batch_formed(self, asset: str, orders: int) -> None:  # noqa: ARG002 -- the log has the number of orders
        """Count it."""
        self._batches.labels(asset).inc()

    def attempt_decided(self, venue: str, outcome: str) -> None:
        """Count it."""
        self._attempts.labels(venue, outcome).inc()

    def queue_seen(self, asset: str, orders: int, oldest_age_seconds: float) -> None:
        """Set both."""
        self._queued.labels(asset).set(orders)
        self._oldest.labels(asset).set(oldest_age_seconds)

    def clearing_state_seen(self, halted: int, stuck: int) -> None:
        """Set both."""
        self._halted.set(halted)
        self._stuck.set(stuck)


def _gauge(registry: CollectorRegistry, name: str, text: str, labels: tuple[str, ...] = ()) -> Gauge:
    return Gauge(f"crossrate_{name}", text, labels, registry=registry, multiprocess_mode="livemax")
