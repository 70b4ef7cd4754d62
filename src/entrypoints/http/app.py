"""The web application: its endpoints, what is around them, and what is opened at its start and closed at its end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import orjson
import structlog
from aiohttp import web

from application.concurrency.bulkhead import Bulkhead
from application.ports.database import Database
from domain.errors import DatabaseUnavailable
from entrypoints.http.docs.index import HAS_DOCS
from entrypoints.http.docs.routes import DOCUMENT, WRITING_DOCUMENT
from entrypoints.http.health.metrics import EXPOSITION, METRICS, Exposition, shared_metrics
from entrypoints.http.limits import set_limits
from entrypoints.http.problem_pages.catalogue import PROBLEM_TABLE as ALL_PROBLEMS
from entrypoints.http.rates.latest_limit import IS_LATEST_LIMITED
from entrypoints.http.rates.plain_batches import PLAIN_BATCHES, PlainBatches
from entrypoints.http.rates.routes import AT_HAND, CONVERT, answer_at_hand, plain_answer
from entrypoints.http.rates.routes import POST as POST_CONVERT
from entrypoints.http.rates.stream_schemas import RATE_WRITER, RateWriter
from entrypoints.http.router import ROUTER, Router
from entrypoints.http.server.aiohttp_hooks import (
    answer_expectations,
    answer_unreadable_requests,
    route_with,
)
from entrypoints.http.server.app_keys import (
    ACCEPTS_KEY_IN_QUERY,
    CONTAINER,
    FAST_LANE,
    LIFECYCLE,
    PROBLEM_TABLE,
    REQUEST_METER,
    VERIFIED_CREDENTIALS,
    Lifecycle,
)
from entrypoints.http.server.caching import store_no_key
from entrypoints.http.server.connections import CONNECTION_ARGUMENTS, REASONS
from entrypoints.http.server.cors import allow_origins
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.expectation import answer_expectation
from entrypoints.http.server.fast_lane import FastLane
from entrypoints.http.server.long_answers import EXPORTING, READING_ROWS, READING_TARGETS
from entrypoints.http.server.proxy_names import NamedProxies
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES
from entrypoints.http.server.request_body import MAX_BODY_BYTES
from entrypoints.http.server.responding import Account, make_account, make_respond
from entrypoints.http.server.unreadable_requests import answer_unreadable
from entrypoints.http.server.verified_credentials import VerifiedCredentials
from entrypoints.http.server.write_bulkhead import PLACES, WAIT_SECONDS, WRITE_BULKHEAD
from entrypoints.logging import configure_logging, logger_of
from entrypoints.settings.jwt_secret import jwt_secret
from entrypoints.settings.settings import Settings, load_settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.delivering import delivering_locally
from entrypoints.wiring.local_jobs import running_local_jobs
from entrypoints.wiring.running import background_task, running, tracing_of
from entrypoints.wiring.unused_database import prepare_file, until_used

# A killed process loses what it counted within this time.
FLUSH_SECONDS = 0.5

# Leaves the processor to the first conversions: importing the database's libraries is slow.
OPEN_AFTER_SECONDS = 1.0

log = structlog.get_logger()


def create_app(
    settings: Settings | None = None,
    *,
    importing: Callable[[], AbstractContextManager[None]] = nullcontext,
    once_open: Callable[[], None] = lambda: None,
) -> web.Application:
    """Build the application; nothing is opened before its start. Settings default to the environment's.

    `importing` is entered around what is imported when it is first asked for. `once_open` is called when the database
    has been opened, with all that is imported for it.
    """
    settings = settings or load_settings()
    configure_logging(settings.log_level, settings.log_format)
    secret = jwt_secret(settings)
    answer_unreadable_requests(answer_unreadable)
    answer_expectations(answer_expectation)
    tracing = tracing_of(settings)
    app = web.Application(client_max_size=MAX_BODY_BYTES, handler_args=CONNECTION_ARGUMENTS)
    proxies = NamedProxies(settings.trusted_proxies)
    app[TRUSTED_PROXIES] = proxies.trusted
    _set_configured_keys(app, settings)
    if tracing is not None:
        app.middlewares.append(tracing.requests)
    if settings.api_key_in_query:
        app.middlewares.append(store_no_key)
    account = make_account(app, logger_of("request_answered", settings.log_level, settings.log_format))
    respond = make_respond(app, account)
    if settings.cors_origins:
        respond = allow_origins(respond, frozenset(settings.cors_origins))

    async def lifespan(app: web.Application) -> AsyncIterator[None]:
        prepare_file(settings)
        async with running(settings, jwt_secret=secret, tracing=tracing) as container:
            _set_opened_keys(app, container)
            # Spans are of the ordinary way.
            app[AT_HAND] = answer_at_hand(app, container.rates().plain_convert()) if tracing is None else lambda _: None
            if tracing is None:
                _open_fast_lane(app, settings, account)
            log.info("service_started", exchanges=settings.exchanges, cache=container.market_data().cache_name())
            async with (
                background_task(_open_soon(settings, container.storage().database(), once_open)),
                background_task(_flush_periodically(app[EXPOSITION])),
                background_task(proxies.keep_resolving()),
                background_task(container.market_data().sync_markets().run()),
                background_task(container.rates().live_rates().run()),
                background_task(container.rates().currency_names().run()),
                background_task(_end_streams(app)),
                background_task(container.market_data().run_feeds().run()),
                background_task(_follow_reference_rates(container)),
                running_local_jobs(container),
                delivering_locally(settings, container),
            ):
                yield
        log.info("service_stopped")

    app.cleanup_ctx.append(lifespan)
    app.on_shutdown.append(_begin_to_stop)
    app[ROUTER] = Router(settings, respond, importing)
    app[ROUTER].load_now(POST_CONVERT.path)
    route_with(app, app[ROUTER].resolve)
    return app


def _set_configured_keys(app: web.Application, settings: Settings) -> None:
    app[VERIFIED_CREDENTIALS] = VerifiedCredentials()
    app[LIFECYCLE] = Lifecycle()
    app[WRITE_BULKHEAD] = Bulkhead(places=PLACES, wait_seconds=WAIT_SECONDS)
    app[PROBLEM_TABLE] = ALL_PROBLEMS
    set_limits(app, settings)
    app[RATE_WRITER] = RateWriter(ALL_PROBLEMS)
    for lock in (EXPORTING, READING_ROWS, READING_TARGETS):
        app[lock] = asyncio.Lock()
    app[IS_LATEST_LIMITED] = not settings.require_auth and settings.rate_limit_latest != "off"
    app[ACCEPTS_KEY_IN_QUERY] = settings.api_key_in_query
    app[HAS_DOCS] = settings.has_docs
    app[WRITING_DOCUMENT] = asyncio.Lock()
    app[DOCUMENT] = _written_document(
        (*settings.exchanges, *filter(None, [settings.bank])),
        is_closed=settings.require_auth,
        accepts_key_in_query=settings.api_key_in_query,
        has_open_metrics=settings.has_open_metrics,
    )


@lru_cache(maxsize=4)  # applications of one process that are set up alike, as in tests, have the same one
def _written_document(
    exchanges: tuple[str, ...], *, is_closed: bool, accepts_key_in_query: bool, has_open_metrics: bool
) -> Callable[[str], bytes]:
    """Return what writes the document below a path. The first time takes as long as a third of the service's start."""

    @lru_cache(maxsize=8)
    def written(prefix: str) -> bytes:
        from entrypoints.http.openapi.document import below, openapi_document  # noqa: PLC0415 -- few ask for it

        if prefix:
            return orjson.dumps(below(prefix, orjson.loads(written(""))))
        document = openapi_document(
            exchanges,
            is_closed=is_closed,
            accepts_key_in_query=accepts_key_in_query,
            has_open_metrics=has_open_metrics,
        )
        return orjson.dumps(document)  # which takes less memory

    return written


def _set_opened_keys(app: web.Application, container: ApplicationContainer) -> None:
    app[CONTAINER] = container
    app[CONVERT] = container.rates().convert()
    app[PLAIN_BATCHES] = PlainBatches(container.rates().convert_many())
    app[REQUEST_METER] = container.monitoring().request_meter()
    for reason in REASONS:
        app[REQUEST_METER].connections_closed(reason, 0)  # so that each is in the metrics from the start
    app[EXPOSITION] = container.monitoring().exposition()
    app[METRICS] = shared_metrics(app[EXPOSITION], container.monitoring().rate_exposition())


def _open_fast_lane(app: web.Application, settings: Settings, account: Account) -> None:
    """Have plain conversions answered as they arrive, where they are open to everyone and get no headers of their own.

    The runner reads the key once the application has started.
    """
    if settings.fast_lane and not settings.cors_origins and _is_unguarded(POST_CONVERT, settings):
        app[FAST_LANE] = FastLane(POST_CONVERT.path, plain_answer(app), app[LIFECYCLE], account).answer


def _is_unguarded(endpoint: Endpoint, settings: Settings) -> bool:
    return endpoint.access.guard(endpoint.handler, settings) is endpoint.handler


async def _begin_to_stop(app: web.Application) -> None:
    """Tell what still runs, where the runner did not."""
    app[LIFECYCLE].drain()


async def _end_streams(app: web.Application) -> None:
    """End all streams when the process begins to stop, so that their clients go elsewhere."""
    await app[LIFECYCLE].draining.wait()
    app[CONTAINER].rates().live_rates().end()


async def _follow_reference_rates(container: ApplicationContainer) -> None:
    if container.reference().newest() is not None:
        await container.reference().follow().run()


async def _open_soon(settings: Settings, database: Database[object], then: Callable[[], None]) -> None:
    """Open the database before a request needs it, unless it holds nothing yet; call `then` once it answers."""
    await asyncio.sleep(OPEN_AFTER_SECONDS)
    await until_used(settings, asyncio.Event())
    pause_seconds = 1.0
    while not await _is_open(database):
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(2 * pause_seconds, 60.0)
    then()


async def _is_open(database: Database[object]) -> bool:
    try:
        return await database.check()  # waits a moment itself
    except DatabaseUnavailable:
        return False


async def _flush_periodically(exposition: Exposition) -> None:
    """Publish this process's counts regularly, since any process may be asked for the metrics of all."""
    try:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            exposition.flush()
    finally:
        exposition.flush()
