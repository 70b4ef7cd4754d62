"""Serves health and metrics of a worker or scheduler over HTTP, under the same paths as the API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from entrypoints.http.health.metrics import EXPOSITION, get_metrics
from entrypoints.http.health.routes import CHECK_HEALTH, CHECK_QUOTES, get_live, get_ready
from entrypoints.http.server.keys import LIFECYCLE, Lifecycle
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
    app[CHECK_HEALTH] = container.health().check_health()
    app[CHECK_QUOTES] = container.health().check_quotes()
    app[EXPOSITION] = container.monitoring().exposition()
    app.add_routes(
        [
            web.get("/health/live", get_live),
            web.get("/health/ready", get_ready),
            web.get("/metrics", get_metrics),
        ]
    )
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        await site_of(runner, settings.host, settings.jobs_port).start()
        yield
    finally:
        await runner.cleanup()
