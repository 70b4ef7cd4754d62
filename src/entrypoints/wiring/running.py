"""Open what the container needs from a running loop, and close it again."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp
import structlog

from adapters.sql.application_role import ApplicationRole
from entrypoints.settings.cache_secret import cache_secret
from entrypoints.settings.outgoing_proxy import outgoing_proxy
from entrypoints.settings.redis_prefix import redis_prefix
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer

if TYPE_CHECKING:
    from adapters.opentelemetry.tracing import Tracing
    from adapters.redis.connection import RedisConnection

# Normally at most two calls are in flight, one for the listing and one for the books.
CONNECTIONS_PER_EXCHANGE = 4

# Each has some thousand symbols, and is open twice while it is rotated.
CONNECTIONS_PER_FEED = 32

log = structlog.get_logger()


def tracing_of(settings: Settings) -> "Tracing | None":
    """Return the tracing, or None when it is off. Only when it is on are its optional libraries imported."""
    if not settings.tracing:
        return None
    from adapters.opentelemetry.tracing import Tracing  # noqa: PLC0415 -- see above

    return Tracing.over_otlp()


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    jwt_secret: bytes | None = None,
    tracing: "Tracing | None" = None,
    makes_secret: bool = True,
) -> AsyncIterator[ApplicationContainer]:
    """Yield the container with everything open, and close it afterwards. Tokens need `jwt_secret`.

    `makes_secret` if what processes share may be sealed with a secret that is made now, and kept.
    """
    async with AsyncExitStack() as stack:
        if tracing is not None:
            stack.push_async_callback(tracing.close)
        urls = settings.called_urls
        sessions = {host: await stack.enter_async_context(session_for(settings, url)) for host, url in urls.items()}
        for name, url in settings.feed_session_urls.items():
            sessions[name] = await stack.enter_async_context(session_for(settings, url, CONNECTIONS_PER_FEED))
        redis = await _redis(settings, stack, makes_secret=makes_secret)
        container = ApplicationContainer(settings=settings, sessions=sessions, redis=redis, tracing=tracing)
        if jwt_secret is not None:
            container.jwt_secret.override(jwt_secret)
        await _start(container, stack)
        yield container


async def migrate_database(settings: Settings) -> tuple[str | None, str]:
    """Create or upgrade the database's tables; return their version before and after. Raises `DatabaseUnavailable`."""
    database = ApplicationContainer(settings=settings, sessions={}).storage().database()
    return await database.migrate(_application_role(settings))


def _application_role(settings: Settings) -> ApplicationRole | None:
    if settings.database_application_user is None or settings.has_embedded_database:
        return None
    password = settings.database_application_password
    return ApplicationRole(
        settings.database_application_user, None if password is None else password.get_secret_value()
    )


@asynccontextmanager
async def background_task(work: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run the work as a task inside the block, and cancel it at the end. A failure is logged and ends nothing else."""
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


@asynccontextmanager
async def finishing_task(
    work: Coroutine[None, None, None], stop: asyncio.Event, grace_seconds: float
) -> AsyncIterator[None]:
    """Run the work as a task inside the block, which waits for its end. It ends by itself once `stop` is set.

    It is cancelled if it has not ended so many seconds later. A failure is logged and ends nothing else.
    """
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    ending = asyncio.create_task(_end(task, stop, grace_seconds))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait([ending])


async def _end(task: asyncio.Task[None], stop: asyncio.Event, grace_seconds: float) -> None:
    await stop.wait()
    await asyncio.wait([task], timeout=grace_seconds)
    task.cancel()
    await asyncio.wait([task])


async def _redis(settings: Settings, stack: AsyncExitStack, *, makes_secret: bool) -> "RedisConnection | None":
    if not settings.redis_url:
        return None
    from adapters.redis.connection import redis_connection  # noqa: PLC0415 -- slow to import

    secret = cache_secret(settings, makes_one=makes_secret)
    return await stack.enter_async_context(
        redis_connection(settings.redis_url.get_secret_value(), redis_prefix(settings), secret)
    )


async def _start(container: ApplicationContainer, stack: AsyncExitStack) -> None:
    """Start what runs in the background, and have `stack` close the parts that have something to close."""
    container.meters().at_start()
    stack.push_async_callback(container.storage().database().close)
    for market in container.market_data().markets().values():
        stack.push_async_callback(market.close)
    stack.push_async_callback(container.core().closing().aclose)
    divergence = container.rates().watch_divergence()
    if divergence is not None:
        await stack.enter_async_context(background_task(divergence.run()))


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("background_work_failed", exc_info=task.exception())


def session_for(settings: Settings, url: str, connections: int = CONNECTIONS_PER_EXCHANGE) -> aiohttp.ClientSession:
    """Return a session for calls to this URL, with the bounds on time and the proxy that are set."""
    timeout = aiohttp.ClientTimeout(
        total=settings.attempt_timeout_seconds,
        connect=settings.connect_timeout_seconds,
        sock_connect=settings.connect_timeout_seconds,
        sock_read=settings.stall_timeout_seconds,
    )
    return aiohttp.ClientSession(
        timeout=timeout,
        connector=aiohttp.TCPConnector(limit=connections),
        cookie_jar=aiohttp.DummyCookieJar(),
        # Not trust_env, which would also send the credentials in .netrc to exchanges, and knows no networks or ports.
        proxy=outgoing_proxy(url),
        headers={"User-Agent": "crossrate"},
    )
