"""`/metrics`: counts and gauges for Prometheus."""

import asyncio
from typing import Protocol

from aiohttp import web
from aiohttp.hdrs import CONTENT_TYPE

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
# Of the API alone: other processes have no prices.
RATE_EXPOSITION: web.AppKey[RateExposition] = web.AppKey("rate_exposition")


async def get_metrics(request: web.Request) -> web.Response:
    """Answer with every metric of all processes."""
    exposition = request.app[EXPOSITION]
    exposition.flush()
    # In a thread: adding up the files of several processes takes milliseconds, during which conversions would wait.
    body = await asyncio.to_thread(exposition.render)
    if RATE_EXPOSITION in request.app:
        body += await request.app[RATE_EXPOSITION].render()
    return web.Response(body=body, headers={CONTENT_TYPE: exposition.content_type})


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
