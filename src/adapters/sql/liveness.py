"""Whether Postgres answers at all, so that one that hangs is not waited for by everyone who needs it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakSet

import asyncpg
from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import ConnectionPoolEntry

from domain.errors import DatabaseUnavailable

# Whatever takes as long has the server asked for a sign of life. The two together are what a first caller waits, and
# the first is shorter than readiness waits for its answer, so that readiness alone is enough to notice.
LOOK_AFTER_SECONDS = 0.25
SIGN_OF_LIFE_SECONDS = 0.7

# That it refuses, or has something to say against it, is a sign as well.
ANSWERS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

# Once it gives none, it is asked this often whether it does again, and nobody waits for that.
REST_SECONDS = 0.25


class LivenessProbe:
    """Ends whatever waits for a server that gives no sign of life, and refuses more until it gives one.

    A statement that takes long is not a server that hangs: the one is for its own timeout. What tells them apart is
    another connection, which a server that merely works hard still accepts and answers.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._address: Mapping[str, Any] = engine.dialect.create_connect_args(engine.url)[1]
        self._connections: WeakSet[asyncpg.Connection] = WeakSet()
        self._under_way: dict[asyncio.Timeout, float] = {}
        self._failure: str | None = None
        self._looking: asyncio.Task[None] | None = None
        event.listen(engine.sync_engine, "connect", self._keep)

    @asynccontextmanager
    async def timeout(self, seconds: float) -> AsyncIterator[None]:
        """Bound what is done here as `asyncio.timeout` does, and end it where the server hangs.

        Raises `DatabaseUnavailable` at once where that is known already.
        """
        if self._failure is not None:
            raise DatabaseUnavailable(f"{self._failure}, a moment ago")
        loop = asyncio.get_running_loop()
        look = loop.call_later(LOOK_AFTER_SECONDS, self._look)
        try:
            async with asyncio.timeout(seconds) as limit:
                self._under_way[limit] = loop.time()
                try:
                    yield
                finally:
                    del self._under_way[limit]
        finally:
            look.cancel()

    async def close(self) -> None:
        """Look no longer but once: of a server that hangs no leave is taken, which each connection would wait for."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])
        if self._connections and await self._failed_to_answer() is not None:
            self._cut_connections()

    def _keep(self, _: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        if isinstance(entry.driver_connection, asyncpg.Connection):
            self._connections.add(entry.driver_connection)

    def _look(self) -> None:
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_while_something_waits())

    async def _look_while_something_waits(self) -> None:
        try:
            while self._failure is not None or self._something_takes_long():
                self._failure = await self._failed_to_answer()
                if self._failure is not None:
                    self._end_what_waits()
                await asyncio.sleep(LOOK_AFTER_SECONDS if self._failure is None else REST_SECONDS)
        finally:
            self._failure = None  # with nobody to look, nobody may be refused

    def _something_takes_long(self) -> bool:
        long_ago = asyncio.get_running_loop().time() - LOOK_AFTER_SECONDS
        return any(started <= long_ago for started in self._under_way.values())

    async def _failed_to_answer(self) -> str | None:
        """Return what kept it from giving a sign of life, None where it gave one."""
        connection = None
        try:
            async with asyncio.timeout(SIGN_OF_LIFE_SECONDS):
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

    def _end_what_waits(self) -> None:
        self._cut_connections()  # first: taking leave of a server that hangs would be waited for as well
        now = asyncio.get_running_loop().time()
        for limit in self._under_way:
            if not limit.expired():  # else it is ending already, and slow to leave
                limit.reschedule(now)

    def _cut_connections(self) -> None:
        for connection in list(self._connections):
            connection.terminate()
