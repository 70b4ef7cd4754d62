"""A liveness probe that tells a hung Postgres from a slow one, so that not every caller waits for a hung one."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakSet

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from application.concurrency.outage_gate import OutageGate
from application.concurrency.single_flight import SingleFlight
from domain.errors import DatabaseUnavailable

# A unit of work that takes this long triggers a probe. The first caller waits for both times together. The timeout of
# the readiness probe is longer than the first, so that readiness probes alone detect a hung server.
PROBE_AFTER_SECONDS = 0.25
PROBE_TIMEOUT_SECONDS = 0.7
PROBE_STEP_SECONDS = 0.05

# During an outage the server is probed this often, in the background.
PROBE_INTERVAL_SECONDS = 0.25

# An error from the server, such as a rejected login, is an answer too.
ANSWERS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class LivenessProbe:
    """Ends all units of work when the server hangs, and rejects further ones until it answers again.

    A slow statement does not mean that the server hangs; it has a timeout of its own. The probe uses a separate
    connection, which a merely busy server still accepts and answers.
    """

    def __init__(self, engines: Sequence[AsyncEngine], tls: ssl.SSLContext | str | None = None) -> None:
        """The engines are those of one server; `tls` is what their connections do about TLS."""
        self._address: Mapping[str, Any] = engines[0].dialect.create_connect_args(engines[0].url)[1]
        if tls is not None:
            self._address = {**self._address, "ssl": tls}
        self._connections: WeakSet[asyncpg.Connection] = WeakSet()
        self._started_at: dict[asyncio.Timeout, float] = {}
        self._watches = SingleFlight[None, None]()
        self._outage = OutageGate(self._probe, interval_seconds=PROBE_INTERVAL_SECONDS)
        for engine in engines:
            event.listen(engine.sync_engine, "connect", self._keep)

    @asynccontextmanager
    async def timeout(self, seconds: float) -> AsyncIterator[None]:
        """Bound the block like `asyncio.timeout`, and end it early if the server hangs.

        Raises `DatabaseUnavailable` immediately during an outage.
        """
        if self._outage.failure is not None:
            raise DatabaseUnavailable(f"{self._outage.failure}, a moment ago")
        loop = asyncio.get_running_loop()
        watch = loop.call_later(PROBE_AFTER_SECONDS, self._watches.start, None, self._watch)
        try:
            async with asyncio.timeout(seconds) as limit:
                self._started_at[limit] = loop.time()
                try:
                    yield
                finally:
                    del self._started_at[limit]
        finally:
            watch.cancel()

    async def close(self) -> None:
        """Stop probing. If the server hangs, cut its connections: closing each properly would wait for a reply."""
        await self._watches.close()
        await self._outage.close()
        if self._connections and await self._failure_to_answer() is not None:
            self._cut_connections()

    def _keep(self, _: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        if isinstance(entry.driver_connection, asyncpg.Connection):
            self._connections.add(entry.driver_connection)

    async def _watch(self) -> None:
        while self._outage.failure is None and self._is_a_unit_slow():
            failure = await self._probe()
            if failure is not None:
                self._outage.fail(failure)
            await asyncio.sleep(PROBE_AFTER_SECONDS)

    def _is_a_unit_slow(self) -> bool:
        long_ago = asyncio.get_running_loop().time() - PROBE_AFTER_SECONDS
        return any(started <= long_ago for started in self._started_at.values())

    async def _probe(self) -> str | None:
        failure = await self._failure_to_answer()
        if failure is not None:
            self._end_units()
        return failure

    async def _failure_to_answer(self) -> str | None:
        asking = asyncio.create_task(self._ask())
        try:
            return asking.result() if await _ends_in_time(asking) else TimeoutError.__name__
        finally:
            asking.cancel()
            await asyncio.wait([asking])

    async def _ask(self) -> str | None:
        connection = None
        try:
            connection = await asyncpg.connect(**self._address)
            await connection.execute("SELECT 1")
        except ANSWERS:
            return None
        except (OSError, TimeoutError) as error:
            return type(error).__name__
        finally:
            if connection is not None:
                connection.terminate()
        return None

    def _end_units(self) -> None:
        self._cut_connections()  # first, because closing one properly would wait for the server as well
        now = asyncio.get_running_loop().time()
        for limit in self._started_at:
            if not limit.expired():  # an expired one is already ending
                limit.reschedule(now)

    def _cut_connections(self) -> None:
        for connection in list(self._connections):
            connection.terminate()


async def _ends_in_time(task: asyncio.Task[str | None]) -> bool:
    """Wait for the task for `PROBE_TIMEOUT_SECONDS`, in which a time when the event loop stood still does not count.

    Meanwhile the server may have answered, and nobody could have noticed.
    """
    loop = asyncio.get_running_loop()
    left = PROBE_TIMEOUT_SECONDS
    while left > 0:
        began_at = loop.time()
        done, _ = await asyncio.wait([task], timeout=min(left, PROBE_STEP_SECONDS))
        if done:
            return True
        left -= min(loop.time() - began_at, PROBE_STEP_SECONDS)
    return False
