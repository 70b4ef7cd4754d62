"""The database behind the port, opened when it is first needed.

Nothing heavy is imported here. SQLAlchemy takes half a second to import, which is for whoever needs the database to
wait, in a thread, and not for the first conversion.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from application.ports.database import Database, UnitOfWork
from domain.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from adapters.sql import opened

# After it could not be opened it is left alone for as long, so that a hung one costs few requests their time.
REST_SECONDS = 1.0

CHECK_TIMEOUT_SECONDS = 0.5

log = structlog.get_logger()


class SqlDatabase(Database):
    """SQLite in a file, or Postgres."""

    def __init__(self, address: str, *, upgrades_itself: bool) -> None:
        """Open nothing yet. `upgrades_itself` has the schema made and upgraded; else it must be right already."""
        self._address = address
        self._upgrades_itself = upgrades_itself
        self._opening: asyncio.Task[opened.OpenedDatabase] | None = None
        self._resting_until = 0.0
        self._last_failure = ""

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[UnitOfWork]:
        """Give a unit that changes nothing."""
        database = await self._opened()
        async with database.unit(writes=False) as unit:
            yield unit

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[UnitOfWork]:
        """Give a unit whose changes are kept when it is left in peace."""
        database = await self._opened()
        async with database.unit(writes=True) as unit:
            yield unit

    async def check(self) -> bool:
        """Tell whether it answers. Where it is not open, that is begun, and waited for no longer than the answer."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS), self.reading() as unit:
                await unit.login_failures.of_account("", 0.0, 1)
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
        opening, self._opening = self._opening, None
        if opening is None:
            return
        if not opening.done():
            opening.cancel()
            await asyncio.wait([opening])
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().close()

    async def _opened(self) -> "opened.OpenedDatabase":
        if self._opening is None:
            if asyncio.get_running_loop().time() < self._resting_until:
                raise DatabaseUnavailable(f"{self._last_failure}, a moment ago")
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(self._see_whether_it_opened)
        # One opening for all who wait, which does not end because one of them goes away.
        return await asyncio.shield(self._opening)

    async def _open(self) -> "opened.OpenedDatabase":
        opener = await asyncio.to_thread(_opener)
        return await opener(self._address, upgrades_itself=self._upgrades_itself)

    def _see_whether_it_opened(self, opening: "asyncio.Task[opened.OpenedDatabase]") -> None:
        if opening.cancelled() or opening.exception() is None:
            return
        self._last_failure = str(opening.exception())
        log.warning("database_failed", reason=self._last_failure)
        self._opening = None
        self._resting_until = asyncio.get_running_loop().time() + REST_SECONDS


def _opener() -> "Callable[..., Awaitable[opened.OpenedDatabase]]":
    from adapters.sql.opened import opened  # noqa: PLC0415 -- see above

    return opened
