"""The way to Redis that everything here goes: never waited on for longer than it is worth."""

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

from domain.errors import CacheUnavailable

# A cache slower than this is no help: fetching from the exchange takes about as long.
SOCKET_TIMEOUT_SECONDS = 0.2
CALL_TIMEOUT_SECONDS = 0.5

# Once it does not answer, Redis is asked this often whether it does again, and nobody waits for that.
REST_SECONDS = 0.25

MAX_CONNECTIONS = 16

# Only what was under way when it stopped answering is ever owed, and that is less.
MOST_OWED = 32

# RuntimeError is what uvloop raises for a connection that was reset before the library came to write to it.
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
        # A connection that has died meanwhile is made anew; one that hangs is not waited for a second time.
        retry=Retry(NoBackoff(), 1, supported_errors=(RedisConnectionError,)),
        legacy_responses=False,
    )
    return Redis.from_pool(pool)


class RedisConnection:
    """Bounded calls, and none from the moment that Redis does not answer until it does again.

    An error that Redis answers with fails that call alone: one that takes no writes still reads. What it is owed, it is
    given before anything else once it answers again.
    """

    def __init__(self, client: Redis) -> None:
        self.client = client
        self._failure: str | None = None
        self._refused: set[str] = set()
        self._owed: deque[Callable[[Redis], Awaitable[object]]] = deque()
        self._looking: asyncio.Task[None] | None = None

    @property
    def answers(self) -> bool:
        """Whether a call would be sent at all."""
        return self._failure is None

    async def call(self, name: str, call: Callable[[Redis], Awaitable[T]]) -> T:
        """Return what it returns. Raises `CacheUnavailable`, within half a second; the log calls it `name`."""
        if self._failure is not None:
            raise CacheUnavailable(f"Redis: {self._failure}, a moment ago")
        try:
            result = await self._bounded(call)
        except ResponseError as error:
            if name not in self._refused:
                self._refused.add(name)
                log.warning("cache_refused", cache="redis", call=name, detail=str(error))
            raise CacheUnavailable(f"Redis: {type(error).__name__}") from error
        except NO_ANSWER as error:
            end_if_cancelled()
            self._failed(error)
            raise CacheUnavailable(f"Redis: {type(error).__name__}") from error
        end_if_cancelled()
        self._refused.discard(name)
        return result

    def owe(self, call: Callable[[Redis], Awaitable[object]]) -> None:
        """Have this call made once Redis answers again, after one that it did not answer.

        Nothing is owed while it answers, be it with an error, nor more than `MOST_OWED` calls. A debt does not lapse:
        what was sent to a Redis that hangs is done when it goes on, however late.
        """
        if not self.answers and len(self._owed) < MOST_OWED:
            self._owed.append(call)

    async def close(self) -> None:
        """Look no longer whether it answers."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    async def _bounded(self, call: Callable[[Redis], Awaitable[T]]) -> T:
        async with asyncio.timeout(CALL_TIMEOUT_SECONDS):
            return await call(self.client)

    def _failed(self, error: Exception) -> None:
        if self._failure is None:
            log.warning("cache_failed", cache="redis", reason=type(error).__name__, detail=str(error))
            self._looking = asyncio.create_task(self._look_until_it_answers())
        self._failure = type(error).__name__

    async def _look_until_it_answers(self) -> None:
        while True:
            await asyncio.sleep(REST_SECONDS)
            with suppress(*NO_ANSWER):
                await self._bounded(Redis.ping)
                await self._give_what_is_owed()
                break
            end_if_cancelled()
        self._failure = None
        log.info("cache_recovered", cache="redis")

    async def _give_what_is_owed(self) -> None:
        while self._owed:
            with suppress(ResponseError):  # that is an answer, and another attempt would get the same
                await self._bounded(self._owed[0])
            end_if_cancelled()
            self._owed.popleft()


def end_if_cancelled() -> None:
    """End the task if it was told to end.

    The library may lose that, or have an error of the connection come instead, when it is in the midst of a call.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


@asynccontextmanager
async def redis_connection(url: str) -> AsyncIterator[RedisConnection]:
    """Open the way to the Redis at this address; nothing is sent before the first call."""
    async with redis_client(url) as client:
        link = RedisConnection(client)
        try:
            yield link
        finally:
            await link.close()
