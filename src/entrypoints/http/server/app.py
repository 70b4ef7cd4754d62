"""The web application: routes, middleware, and what is opened at start and closed at the end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from ipaddress import ip_network

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from application.ports.database import Database
from application.ports.rate_limiter import Group
from domain.errors import DatabaseUnavailable
from domain.identity.api_key import Scope
from entrypoints.http.health.metrics import get_metrics
from entrypoints.http.health.routes import get_live, get_ready
from entrypoints.http.identity.routes import account_routes
from entrypoints.http.openapi.pages import docs_routes
from entrypoints.http.problems.routes import get_problem
from entrypoints.http.quotes.routes import quote_routes
from entrypoints.http.rates.routes import PATH as CONVERT_PATH
from entrypoints.http.rates.routes import get_convert, posting
from entrypoints.http.server.access import TRUSTED_PROXIES, limited_by_caller, open_to, without_caller
from entrypoints.http.server.admission import Admission
from entrypoints.http.server.broken_http import answer_broken_http_with_problems
from entrypoints.http.server.keys import (
    ADMISSION,
    CHECK_HEALTH,
    CHECK_QUOTES,
    CONVERT,
    EXPOSITION,
    IDENTITY,
    KNOWN_CREDENTIALS,
    LIFETIME,
    QUOTES,
    REQUEST_METER,
    Exposition,
    Lifetime,
)
from entrypoints.http.server.known_credentials import KnownCredentials
from entrypoints.http.server.middleware import answering, middleware_of
from entrypoints.http.server.reading import MAX_BODY_BYTES, answer_expectation
from entrypoints.http.server.shortcut import answer_directly
from entrypoints.logging import configure_logging, logger_of
from entrypoints.settings.jwt_secret import jwt_secret
from entrypoints.settings.settings import Settings, load_settings
from entrypoints.wiring.local_jobs import running_local_jobs
from entrypoints.wiring.running import running, running_beside, tracing_of

# What a process that is killed has counted in this time is lost.
SETTLE_SECONDS = 0.5

# The first conversions have the processors to themselves before the database's libraries are imported.
OPEN_AFTER_SECONDS = 1.0

log = structlog.get_logger()


def create_app(settings: Settings | None = None) -> web.Application:
    """Build the application; nothing is opened before it is started. Settings come from outside when not given."""
    settings = settings or load_settings()
    configure_logging(settings.log_level, settings.log_format)
    secret = jwt_secret(settings)
    answer_broken_http_with_problems()
    tracing = tracing_of(settings)
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[TRUSTED_PROXIES] = tuple(map(ip_network, settings.trusted_proxies))
    app[KNOWN_CREDENTIALS] = KnownCredentials()
    app[LIFETIME] = Lifetime()
    app[ADMISSION] = Admission(settings.max_requests_under_way)
    if tracing is not None:
        app.middlewares.append(tracing.requests)
    answer = answering(app, logger_of("request_answered", settings.log_level, settings.log_format))
    app.middlewares.append(middleware_of(answer))
    post_convert = posting(app)

    async def use_cases(app: web.Application) -> AsyncIterator[None]:
        async with running(settings, jwt_secret=secret, tracing=tracing) as container:
            market_data, monitoring = container.market_data(), container.monitoring()
            app[CONVERT] = container.rates().convert()
            app[IDENTITY] = container.identity()
            app[QUOTES] = container.quotes()
            app[CHECK_HEALTH] = container.health().check_health()
            app[CHECK_QUOTES] = container.health().check_quotes()
            app[REQUEST_METER] = monitoring.request_meter()
            app[EXPOSITION] = monitoring.exposition()
            log.info("service_started", exchanges=settings.exchanges, cache=market_data.cache_name())
            async with (
                running_beside(_open_soon(container.storage().database())),
                running_beside(_settle_on_and_on(monitoring.exposition())),
                running_beside(market_data.sync_markets().run()),
                running_local_jobs(container),
            ):
                yield
        log.info("service_stopped")

    app.cleanup_ctx.append(use_cases)
    app.add_routes(
        [
            web.post(CONVERT_PATH, _guarded(post_convert, settings), expect_handler=answer_expectation),
            web.get(CONVERT_PATH, _guarded(get_convert, settings), allow_head=False),
            web.get("/health/live", get_live),
            web.get("/health/ready", get_ready),
            web.get("/metrics", get_metrics),
            web.get("/problems/{slug}", get_problem),
            *account_routes(open_registration=settings.open_registration),
            *quote_routes(),
            *docs_routes(settings.exchanges),
        ]
    )
    # Not past a middleware that has to be gone through, and never past a guard.
    if tracing is None and _is_open(settings):
        answer_directly(app, CONVERT_PATH, post_convert, answer)
    return app


def _is_open(settings: Settings) -> bool:
    return not settings.require_auth and settings.rate_limit_convert == "off"


def _guarded(handler: Handler, settings: Settings) -> Handler:
    """Close conversions where that is wished, or count them; else they go straight to the handler."""
    if _is_open(settings):
        return handler
    if settings.require_auth:
        return open_to(Scope.CONVERT, Group.CONVERT, without_caller(handler))
    return limited_by_caller(Group.CONVERT, handler)


async def _open_soon(database: Database[object]) -> None:
    """Open the database before a request needs it; where that fails, the next request tries again."""
    await asyncio.sleep(OPEN_AFTER_SECONDS)
    with suppress(DatabaseUnavailable):
        await database.check()


async def _settle_on_and_on(exposition: Exposition) -> None:
    """Have this process' counts taken over now and then, so that they show wherever the metrics are asked for."""
    try:
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            exposition.settle()
    finally:
        exposition.settle()
