"""Feeds as Prometheus metrics."""

from collections.abc import Sequence
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Gauge

from application.market_data.ports.feed_meter import DropReason, FeedMeter


class PrometheusFeedMeter(FeedMeter):
    """Writes to `registry`, or to this process's files if several processes are measured together."""

    def __init__(self, registry: CollectorRegistry, exchanges: Sequence[str], ages: Gauge) -> None:
        """`exchanges` are those with a feed; `ages` is the gauge of what markets are as of."""
        one = ("exchange",)
        self._frames = Counter(
            "crossrate_feed_messages", "Messages that an exchange has streamed, pings included.", one, registry=registry
        )
        self._dropped = Counter(
            "crossrate_feed_rows_dropped",
            "Streamed prices that were not used, by reason.",
            ("exchange", "reason"),
            registry=registry,
        )
        self._connected = Counter(
            "crossrate_feed_connections",
            "Connections to exchanges' streams that were opened.",
            one,
            registry=registry,
        )
        self._lost = Counter(
            "crossrate_feed_connections_lost",
            "Connections to an exchange's stream that ended, or could not be opened; rotation does not count.",
            one,
            registry=registry,
        )
        self._disagreed = Counter(
            "crossrate_feed_disagreements",
            "Symbols that did not stream what a snapshot showed, and were subscribed to again.",
            one,
            registry=registry,
        )
        self._lag = Gauge(
            "crossrate_feed_lag_seconds",
            "How long the newest answer to a ping took, behind all that was streamed before it.",
            one,
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._ages = ages
        for exchange in exchanges:
            for counter in (self._frames, self._connected, self._lost, self._disagreed):
                counter.labels(exchange)
            self._lag.labels(exchange)
        for labels in product(exchanges, DropReason):
            self._dropped.labels(*labels)

    def frames_received(self, exchange: str, frames: int) -> None:
        """Count them."""
        if frames:
            self._frames.labels(exchange).inc(frames)

    def rows_dropped(self, exchange: str, reason: DropReason, rows: int) -> None:
        """Count them."""
        self._dropped.labels(exchange, reason).inc(rows)

    def connected(self, exchange: str) -> None:
        """Count it."""
        self._connected.labels(exchange).inc()

    def connection_lost(self, exchange: str) -> None:
        """Count it."""
        self._lost.labels(exchange).inc()

    def answered(self, exchange: str, seconds: float) -> None:
        """Keep the duration."""
        self._lag.labels(exchange).set(seconds)

    def disagreed(self, exchange: str, symbols: int) -> None:
        """Count them."""
        self._disagreed.labels(exchange).inc(symbols)

    def books_streamed(self, exchange: str, observed_at: float, oldest_at: float) -> None:
        """Keep the moments."""
        self._ages.labels(exchange, "streamed").set(observed_at)
        self._ages.labels(exchange, "streamed_oldest").set(oldest_at)
