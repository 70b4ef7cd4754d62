"""`/metrics`: counts and gauges for Prometheus."""

import asyncio
from typing import Protocol

from aiohttp import web
from aiohttp.hdrs import CONTENT_TYPE

from application.concurrency.shared_runs import SharedRuns
from entrypoints.http.health.metrics_access import WithMetricsToken
from entrypoints.http.server.endpoint import Endpoint, OtherAnswer


class Exposition(Protocol):
    """Every metric of the service."""

    content_type: str

    def flush(self) -> None:
        """Take over the counts since the last call. Call it in the event loop's thread, which counts."""
        ...

    def render(self) -> bytes:
        """Write every metric as it was last taken over. Any thread may call it."""
        ...


class RateExposition(Protocol):
    """The rates that the settings name."""

    async def render(self) -> bytes:
        """Write those that are in memory, soon."""
        ...


EXPOSITION: web.AppKey[Exposition] = web.AppKey("exposition")
METRICS: web.AppKey[SharedRuns[bytes]] = web.AppKey("metrics")

# A tenth of the time at most is spent on metrics, however many ask for them: they cost a hundred conversions.
PAUSE = 9.0


def shared_metrics(exposition: Exposition, rates: RateExposition | None = None) -> SharedRuns[bytes]:
    """Return what writes every metric of all processes. Only the API has rates: other processes have no prices."""

    async def write() -> bytes:
        exposition.flush()
        # In a thread: adding up the files of several processes takes milliseconds, during which conversions would wait.
        body = await asyncio.to_thread(exposition.render)
        return body if rates is None else body + await rates.render()

    return SharedRuns(write, pause=PAUSE)


async def get_metrics(request: web.Request) -> web.Response:
    """Answer with every metric."""
    body = await request.app[METRICS]()
    return web.Response(body=body, headers={CONTENT_TYPE: request.app[EXPOSITION].content_type})


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/metrics",
        handler=get_metrics,
        id="metrics",
        tag="Health",
        summary="Report metrics for Prometheus",
        access=WithMetricsToken(),
        description="The sums over all processes of the service. No exchange is called.",
        answer=OtherAnswer("Every metric in Prometheus' text format, version 0.0.4.", "text/plain", "string"),
    ),
)
