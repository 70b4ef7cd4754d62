"""What a process has under way, as a Prometheus metric."""

import asyncio

from prometheus_client import CollectorRegistry, Gauge


class PrometheusTaskMeter:
    """Counts the event loop's tasks whenever it settles: there, since only the loop's own thread may."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tasks = Gauge(
            "crossrate_tasks",
            "Tasks under way: a few of the service's own, one for each open connection, one for each fetch.",
            registry=registry,
            multiprocess_mode="livesum",
        )

    def settle(self) -> None:
        """Keep how many there are now."""
        self._tasks.set(len(asyncio.all_tasks()))
