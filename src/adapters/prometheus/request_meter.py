"""Requests as Prometheus metrics."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Histogram

from adapters.prometheus.children import Children

# A warm conversion takes a fraction of a millisecond; two attempts at each of two exchanges, ten seconds at most.
BUCKETS_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

# One label for all of them: a path comes from whoever asks, and there is no end of them.
NO_ROUTE = "unknown"

Inc = Callable[[], None]
Observe = Callable[[float], None]


class PrometheusRequestMeter:
    """Counts into `registry`, or into the files of this process where several processes count together."""

    def __init__(self, registry: CollectorRegistry) -> None:
        requests = Counter(
            "crossrate_requests",
            "Requests answered, by the pattern of their route and the status.",
            ("route", "status"),
            registry=registry,
        )
        durations = Histogram(
            "crossrate_request_duration_seconds",
            "Time from a request's head to its answer, by the pattern of its route.",
            ("route",),
            registry=registry,
            buckets=BUCKETS_SECONDS,
        )
        self._children: Children[tuple[str, int], tuple[Inc, Observe]] = Children(
            lambda route, status: (requests.labels(route, status).inc, durations.labels(route).observe)
        )

    def request_answered(self, route: str | None, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern that it matched, None when it matched none."""
        count, observe = self._children[NO_ROUTE if route is None else route, status]
        count()
        observe(seconds)
