"""The event loop's tasks as a Prometheus metric."""

import asyncio

from prometheus_client import CollectorRegistry, Gauge


class PrometheusTaskMeter:
    """Counts the tasks at each flush, because only the event loop's own thread may."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tasks = Gauge(
            "crossrate_tasks",
            "Running asyncio tasks: a few of the service's own, one per open connection, one per fetch.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def flush(self) -> None:
        """Store the current number."""
        self._tasks.set(len(asyncio.all_tasks()))
