"""The database behind the port, opened when it is first needed.

Nothing heavy is imported here. SQLAlchemy takes half a second to import, which is for whoever needs the database to
wait, in a thread, and not for the first conversion.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from application.ports.database import Database
from domain.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from adapters.sql import open_database
    from adapters.sql.repositories import SqlRepositories

# After it could not be opened it is left alone for as long and then tried again, which nobody waits for.
REST_SECONDS = 1.0

# At the end, an opening under way has so long to come to its own.
OPENED_BY_SECONDS = 1.0

CHECK_TIMEOUT_SECONDS = 0.5

log = structlog.get_logger()


class SqlDatabase(Database["SqlRepositories"]):
    """SQLite in a file, or Postgres."""

    def __init__(self, address: str, *, upgrades_itself: bool) -> None:
        """Open nothing yet. `upgrades_itself` has the schema made and upgraded; else it must be right already."""
        self._address = address
        self._upgrades_itself = upgrades_itself
        self._opening: asyncio.Task[open_database.OpenDatabase] | None = None
        self._next_try: asyncio.TimerHandle | None = None
        self._last_failure: str | None = None

    @asynccontextmanager
    async def reading(self) -> "AsyncIterator[SqlRepositories]":
        """Give a unit that changes nothing."""
        database = await self._opened()
        async with database.unit(writes=False) as unit:
            yield unit

    @asynccontextmanager
    async def writing(self) -> "AsyncIterator[SqlRepositories]":
        """Give a unit whose changes are kept when it is left in peace."""
        database = await self._opened()
        async with database.unit(writes=True) as unit:
            yield unit

    async def check(self, question: "Callable[[SqlRepositories], Awaitable[object]] | None" = None) -> bool:
        """Tell whether it answers. Where it is not open, that is begun, and waited for no longer than the answer."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS), self.reading() as unit:
                await (question or _any_question)(unit)
        except TimeoutError as error:
            if self._opening is not None and not self._opening.done():
                return False
            raise DatabaseUnavailable("no answer in time") from error
        return True

    async def migrate(self) -> None:
        """Make or upgrade the schema, whoever is meant to. Raises `DatabaseUnavailable`."""
        opener = await asyncio.to_thread(_opener)
        database = await opener(self._address, upgrades_itself=True)
        await database.close()

    async def close(self) -> None:
        """Close what is open."""
        if self._next_try is not None:
            self._next_try.cancel()
        opening, self._opening = self._opening, None
        if opening is None:
            return
        # One that is cut off midway leaves SQLite's thread with nobody to tell that it has opened the file.
        await asyncio.wait([opening], timeout=OPENED_BY_SECONDS)
        if not opening.done():
            opening.cancel()
            await asyncio.wait([opening])
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().close()

    async def _opened(self) -> "open_database.OpenDatabase":
        if self._last_failure is not None:
            raise DatabaseUnavailable(f"{self._last_failure}, a moment ago")
        # One opening for all who wait, which does not end because one of them goes away.
        opening = self._opening or self._begin_to_open()
        database = await asyncio.shield(opening)
        if self._opening is not opening:
            raise DatabaseUnavailable("it was closed meanwhile")
        return database

    def _begin_to_open(self) -> "asyncio.Task[open_database.OpenDatabase]":
        self._opening = asyncio.create_task(self._open())
        self._opening.add_done_callback(self._see_whether_it_opened)
        return self._opening

    async def _open(self) -> "open_database.OpenDatabase":
        opener = await asyncio.to_thread(_opener)
        return await opener(self._address, upgrades_itself=self._upgrades_itself)

    def _see_whether_it_opened(self, opening: "asyncio.Task[open_database.OpenDatabase]") -> None:
        if opening.cancelled() or opening is not self._opening:  # it was closed meanwhile, and is not to be tried again
            return
        failure = opening.exception()
        if failure is not None:
            # Of another error no more than the kind: everyone is told, and its message quotes a statement, or worse.
            told = str(failure) if isinstance(failure, DatabaseUnavailable) else type(failure).__name__
            if self._last_failure is None:
                log.warning("database_failed", reason=told)
            self._last_failure = told
            self._opening = None
            self._next_try = asyncio.get_running_loop().call_later(REST_SECONDS, self._begin_to_open)
        elif self._last_failure is not None:
            self._last_failure = None
            log.info("database_recovered")


async def _any_question(unit: "SqlRepositories") -> None:
    await unit.login_failures.of_account("", 0.0, 1)


def _opener() -> "Callable[..., Awaitable[open_database.OpenDatabase]]":
    from adapters.sql.open_database import opened  # noqa: PLC0415 -- see above

    return opened
