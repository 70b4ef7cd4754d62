"""The connection to Redis that this whole adapter shares: bounded in time, and not used during an outage."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, ResponseError

from adapters.redis.keys import DEFAULT_PREFIX
from adapters.system_errors import with_reason
from application.concurrency.outage_gate import OutageGate
from domain.errors import CacheUnavailable

# A slower cache is useless: fetching from the exchange takes about as long.
SOCKET_TIMEOUT_SECONDS = 0.2
CALL_TIMEOUT_SECONDS = 0.5

# During an outage Redis is pinged this often, in the background.
PING_INTERVAL_SECONDS = 0.25

MAX_CONNECTIONS = 16

# Only calls that were in flight at the start of an outage are undone after it, and those are fewer.
MAX_RECOVERY_CALLS = 32

# uvloop raises RuntimeError when the connection was reset before the library writes to it.
NO_ANSWER = (RedisError, OSError, TimeoutError, RuntimeError)

log = structlog.get_logger()

T = TypeVar("T")


def redis_client(url: str) -> Redis:
    """Return a client that gives up early: the library's defaults retry for more than 30 s on a hung server."""
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=MAX_CONNECTIONS,
        timeout=SOCKET_TIMEOUT_SECONDS,
        socket_timeout=SOCKET_TIMEOUT_SECONDS,
        socket_connect_timeout=SOCKET_TIMEOUT_SECONDS,
        health_check_interval=30,
        # A connection that was lost is replaced once; one that hangs is not waited for a second time.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        legacy_responses=False,
    )
    return Redis.from_pool(pool)


class RedisConnection:
    """Makes calls with a timeout. After one without an answer, calls fail immediately until a ping succeeds.

    An error that Redis answers with fails only that call: a Redis that accepts no writes can still be read.
    """

    def __init__(self, client: Redis, prefix: str) -> None:
        """`prefix` starts the name of every key and channel, and keeps installations apart."""
        self.client = client
        self.prefix = prefix
        self._outage = OutageGate(self._probe, interval_seconds=PING_INTERVAL_SECONDS, on_recovery=_recovered)
        self._refused: set[str] = set()
        self._on_recovery: deque[Callable[[Redis], Awaitable[object]]] = deque()

    @property
    def answers(self) -> bool:
        """Whether a call would be sent at all."""
        return self._outage.failure is None

    async def call(self, name: str, call: Callable[[Redis], Awaitable[T]]) -> T:
        """Return the result of `call`; `name` is for the log. Raises `CacheUnavailable`, within half a second."""
        if self._outage.failure is not None:
            raise CacheUnavailable(f"Redis: {self._outage.failure}, a moment ago")
        try:
            result = await self._bounded(call)
        except ResponseError as error:
            if name not in self._refused:
                self._refused.add(name)
                log.warning("cache_call_rejected", cache="redis", call=name, detail=str(error))
            raise CacheUnavailable(f"Redis: {with_reason(error)}") from error
        except NO_ANSWER as error:
            end_if_cancelled()
            self._fail(error)
            raise CacheUnavailable(f"Redis: {with_reason(error)}") from error
        end_if_cancelled()
        self._refused.discard(name)
        return result

    def run_on_recovery(self, call: Callable[[Redis], Awaitable[object]]) -> None:
        """Make `call`, which undoes one that got no answer, before any other call once Redis answers again.

        Does nothing while Redis answers, or beyond `MAX_RECOVERY_CALLS`. These calls never expire, because a Redis that
        hangs executes what it was sent whenever it resumes.
        """
        if not self.answers and len(self._on_recovery) < MAX_RECOVERY_CALLS:
            self._on_recovery.append(call)

    async def close(self) -> None:
        """Stop pinging."""
        await self._outage.close()

    async def _bounded(self, call: Callable[[Redis], Awaitable[T]]) -> T:
        async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
            return await call(self.client)

    def _fail(self, error: Exception) -> None:
        if self._outage.fail(with_reason(error)):
            log.warning("cache_failed", cache="redis", reason=type(error).__name__, detail=str(error))

    async def _probe(self) -> str | None:
        try:
            await self._bounded(Redis.ping)
            await self._make_recovery_calls()
        except NO_ANSWER as error:
            end_if_cancelled()
            return with_reason(error)
        end_if_cancelled()
        return None

    async def _make_recovery_calls(self) -> None:
        while self._on_recovery:
            with suppress(ResponseError):  # an answer: another attempt would get the same
                await self._bounded(self._on_recovery[0])
            end_if_cancelled()
            self._on_recovery.popleft()


def _recovered() -> None:
    log.info("cache_recovered", cache="redis")


def end_if_cancelled() -> None:
    """Raise `CancelledError` if the current task was cancelled.

    During a call the library may swallow the cancellation, or raise an error of the connection instead.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


@asynccontextmanager
async def redis_connection(url: str, prefix: str = DEFAULT_PREFIX) -> AsyncIterator[RedisConnection]:
    """Open a connection to the Redis at `url`; nothing is sent before the first call."""
    async with redis_client(url) as client:
        connection = RedisConnection(client, prefix)
        try:
            yield connection
        finally:
            await connection.close()
