"""Requests as Prometheus metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from adapters.prometheus.tallies import Durations, Tallies, Tally

# A warm conversion takes a fraction of a millisecond; two attempts at each of two exchanges take up to ten seconds.
BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# One label for all unknown paths: clients choose them, so their number is unbounded.
NO_ROUTE = "unknown"


class PrometheusRequestMeter:
    """Writes to `registry`, or to this process's files if several processes are measured together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        requests = Counter(
            "crossrate_requests",
            "Requests answered, by route pattern and status.",
            ("route", "status"),
            registry=registry,
        )
        durations = Histogram(
            "crossrate_request_duration_seconds",
            "Time from a request's head to its answer, by route pattern.",
            ("route",),
            registry=registry,
            buckets=BUCKETS_SECONDS,
        )
        self._closed = Counter(
            "crossrate_connections_closed",
            "Connections closed to protect the service, by reason.",
            ("reason",),
            registry=registry,
        )
        self._streams = Gauge(
            "crossrate_streams", "Streams of rates that are open.", registry=registry, multiprocess_mode="livesum"
        )
        self._requests: Tallies[tuple[str, int], Tally] = Tallies(lambda *labels: Tally(requests.labels(*labels).inc))
        self._durations: Tallies[tuple[str], Durations] = Tallies(
            lambda route: Durations(durations.labels(route), BUCKETS_SECONDS)
        )

    def request_answered(self, route: str | None, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern that it matched, None when it matched none."""
        route = NO_ROUTE if route is None else route
        self._requests[route, status].count += 1
        self._durations[route,].observe(seconds)

    @contextmanager
    def streaming(self) -> Iterator[None]:
        """Count a stream while it is open."""
        with self._streams.track_inprogress():
            yield

    def connections_closed(self, reason: str, count: int) -> None:
        """Count connections that were closed to protect the service."""
        self._closed.labels(reason).inc(count)

    def flush(self) -> None:
        """Write the counts since the last flush to the registry."""
        self._requests.flush()
        self._durations.flush()
