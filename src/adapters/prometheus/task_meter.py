"""The event loop's tasks as a Prometheus metric."""

import asyncio

from prometheus_client import CollectorRegistry, Gauge


class PrometheusTaskMeter:
    """Counts the tasks at each flush, since only the loop's own thread may."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tasks = Gauge(
            "crossrate_tasks",
            "Tasks under way: a few of the service's own, one for each open connection, one for each fetch.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def flush(self) -> None:
        """Keep the current number."""
        self._tasks.set(len(asyncio.all_tasks()))
