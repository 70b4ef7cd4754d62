"""The connection to Redis that this whole adapter shares: bounded in time, and not used during an outage."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from adapters.redis.keys import DEFAULT_PREFIX
from adapters.redis.seal import Seal
from adapters.redis_clients import NO_ANSWER, reason_of, redis_client
from application.concurrency.outage_gate import OutageGate
from domain.errors import CacheUnavailable

# A slower cache is useless: fetching from the exchange takes about as long.
SOCKET_TIMEOUT_SECONDS = 0.2
CALL_TIMEOUT_SECONDS = 0.5

# During an outage Redis is pinged this often, in the background.
PING_INTERVAL_SECONDS = 0.25

# For so long readiness reports a call that Redis rejected, unless one of that name succeeds.
REJECTION_SECONDS = 10.0

# Only calls that were in flight at the start of an outage are undone after it, and those are fewer.
MAX_RECOVERY_CALLS = 32

log = structlog.get_logger()

T = TypeVar("T")


class RedisConnection:
    """Makes calls with a timeout. After one without an answer, calls fail immediately until a ping succeeds.

    An error that Redis answers with fails only that call: a Redis that accepts no writes can still be read.
    """

    def __init__(self, client: Redis, prefix: str, secret: bytes = b"") -> None:
        """`prefix` starts the name of every key and channel, and keeps installations apart.

        `secret` seals what processes share. Those with another one share nothing; without one, anyone can seal.
        """
        self.client = client
        self.prefix = prefix
        self.seal = Seal(secret)
        # Processes that would reject each other's values do not see them: after a change of the secret, for instance.
        self.sealed_prefix = f"{prefix}:{self.seal.fingerprint}" if secret else prefix
        self._outage = OutageGate(self._probe, interval_seconds=PING_INTERVAL_SECONDS, on_recovery=_recovered)
        self._rejected: dict[str, tuple[str, float]] = {}
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
            self._reject(name, error)
            raise CacheUnavailable(f"Redis: {reason_of(error)}") from error
        except NO_ANSWER as error:
            end_if_cancelled()
            self._fail(error)
            raise CacheUnavailable(f"Redis: {reason_of(error)}") from error
        end_if_cancelled()
        self._rejected.pop(name, None)
        return result

    async def check(self, keys: Iterable[str]) -> None:
        """Return if Redis answers, has these keys' slots, and has rejected no call of late.

        Raises `CacheUnavailable`, within half a second.
        """

        async def look(client: Redis) -> None:
            for key in keys:
                await client.exists(key)

        await self.call("check", look)
        since = asyncio.get_running_loop().time() - REJECTION_SECONDS
        for name, (reason, at) in self._rejected.items():
            if at > since:
                raise CacheUnavailable(f"Redis rejects {name}: {reason}")

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

    def _reject(self, name: str, error: ResponseError) -> None:
        if name not in self._rejected:
            log.warning("cache_call_rejected", cache="redis", call=name, reason=reason_of(error), detail=_text(error))
        self._rejected[name] = reason_of(error), asyncio.get_running_loop().time()

    def _fail(self, error: Exception) -> None:
        if self._outage.fail(reason_of(error)):
            log.warning("cache_failed", cache="redis", reason=type(error).__name__, detail=_text(error))

    async def _probe(self) -> str | None:
        try:
            await self._bounded(lambda client: client.ping())
            await self._make_recovery_calls()
        except NO_ANSWER as error:
            end_if_cancelled()
            return reason_of(error)
        end_if_cancelled()
        return None

    async def _make_recovery_calls(self) -> None:
        while self._on_recovery:
            with suppress(ResponseError):  # an answer: another attempt would get the same
                await self._bounded(self._on_recovery[0])
            end_if_cancelled()
            self._on_recovery.popleft()


def _text(error: Exception) -> str:
    # An old Redis repeats the arguments of a command that it does not know, and those of a sign-in are secret.
    return str(error).partition(", with args")[0]


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
async def redis_connection(
    url: str, prefix: str = DEFAULT_PREFIX, secret: bytes = b""
) -> AsyncIterator[RedisConnection]:
    """Open a connection to the Redis at `url`; nothing is sent before the first call."""
    client = redis_client(
        url, connect_timeout_seconds=SOCKET_TIMEOUT_SECONDS, read_timeout_seconds=SOCKET_TIMEOUT_SECONDS
    )
    connection = RedisConnection(client, prefix, secret)
    try:
        yield connection
    finally:
        await connection.close()
        await client.aclose()  # not `async with client`, by which a cluster's connects at once
