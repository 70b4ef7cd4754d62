"""Serves health and metrics of a worker or scheduler over HTTP, under the same paths as the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from aiohttp.typedefs import Handler

from domain.identity.errors import InvalidCredentials
from entrypoints.http.health.metrics import EXPOSITION, METRICS, get_metrics, shared_metrics
from entrypoints.http.health.metrics_access import WithMetricsToken
from entrypoints.http.health.routes import get_live, get_ready
from entrypoints.http.server.access.problems import CHALLENGE
from entrypoints.http.server.app_keys import CONTAINER, LIFECYCLE, Lifecycle
from entrypoints.http.server.listening import site_of
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer


@asynccontextmanager
async def serving_status(settings: Settings, container: ApplicationContainer) -> AsyncIterator[None]:
    """Serve them on `jobs_port` inside the block, unless it is 0. Raises `OSError` when it cannot be listened on."""
    if not settings.jobs_port:
        yield
        return
    app = web.Application()
    app[LIFECYCLE] = Lifecycle()
    app[CONTAINER] = container
    app[EXPOSITION] = container.monitoring().exposition()
    app[METRICS] = shared_metrics(app[EXPOSITION])
    app.add_routes(
        [
            web.get("/health/live", get_live),
            web.get("/health/ready", get_ready),
            web.get("/metrics", _guarded_metrics(settings)),
        ]
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await site_of(runner, settings.host, settings.jobs_port).start()
        yield
    finally:
        await runner.cleanup()


def _guarded_metrics(settings: Settings) -> Handler:
    guarded = WithMetricsToken().guard(get_metrics, settings)

    async def metrics(request: web.Request) -> web.StreamResponse:
        try:
            return await guarded(request)
        except InvalidCredentials as error:  # no middleware here makes a problem of it
            raise web.HTTPUnauthorized(text=str(error), headers={"WWW-Authenticate": CHALLENGE}) from error

    return metrics
