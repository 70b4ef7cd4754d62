"""The database, opened on first use.

This module imports nothing heavy: importing SQLAlchemy takes half a second, and happens in a thread on first use, so
that no conversion waits for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar

import structlog

from adapters.sql.application_role import ApplicationRole
from application.concurrency.outage_gate import OutageGate
from application.concurrency.own_error import own_error
from application.identity.ports.login_failures import Matching
from application.ports.database import Database
from domain.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from adapters.sql import open_database
    from adapters.sql.repositories import SqlRepositories

# Between attempts to open the database after a failure, in the background.
RETRY_INTERVAL_SECONDS = 1.0

# How long `close` waits for an opening in progress before cancelling it.
CLOSE_GRACE_SECONDS = 1.0

CHECK_TIMEOUT_SECONDS = 0.5

T = TypeVar("T")

log = structlog.get_logger()


class SqlDatabase(Database["SqlRepositories"]):
    """SQLite in a file, or Postgres."""

    def __init__(self, address: str, *, upgrades_itself: bool) -> None:
        """Open nothing yet. With `upgrades_itself`, opening creates or upgrades the schema; else it must be current."""
        self._address = address
        self._upgrades_itself = upgrades_itself
        # The result is the open database. A task of its own, so that it outlives the caller that started it.
        self._opening: asyncio.Task[open_database.OpenDatabase] | None = None
        self._outage = OutageGate(
            self._retry, interval_seconds=RETRY_INTERVAL_SECONDS, on_recovery=lambda: log.info("database_recovered")
        )

    @asynccontextmanager
    async def reading(self) -> "AsyncIterator[SqlRepositories]":
        """Open a read-only unit of work."""
        database = await self._opened()
        async with database.unit(writes=False) as unit:
            yield unit

    @asynccontextmanager
    async def writing(self) -> "AsyncIterator[SqlRepositories]":
        """Open a unit of work that commits on a clean exit."""
        database = await self._opened()
        async with database.unit(writes=True) as unit:
            yield unit

    async def write(self, work: "Callable[[SqlRepositories], Awaitable[T]]") -> T:
        """Run the work in a unit that writes, again after a deadlock or a serialization failure."""
        return await (await self._opened()).write(work)

    async def check(self, question: "Callable[[SqlRepositories], Awaitable[object]] | None" = None) -> bool:
        """Return whether the database is open and answers, after starting to open it if necessary."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS), self.reading() as unit:
                await (question or _trivial_question)(unit)
        except TimeoutError as error:
            if self._opening is not None and not self._opening.done():
                return False
            raise DatabaseUnavailable("no answer in time") from error
        return True

    async def check_writing(self) -> None:
        """Commit a small change and undo it."""
        try:
            async with asyncio.timeout(CHECK_TIMEOUT_SECONDS):
                await (await self._opened()).check_writing()
        except TimeoutError as error:
            raise DatabaseUnavailable("no answer in time") from error

    async def migrate(self, role: ApplicationRole | None = None) -> tuple[str | None, str]:
        """Create or upgrade the schema, and grant the role what it needs, if the service connects as another one.

        Returns the version before, None if there was none, and after. Raises `DatabaseUnavailable`.
        """
        from adapters.sql.open_database import migrate  # noqa: PLC0415 -- imported on first use, see above

        return await migrate(self._address, role)

    async def close(self) -> None:
        """Close what is open."""
        await self._outage.close()
        opening, self._opening = self._opening, None
        if opening is None:
            return
        # If it were cancelled immediately, SQLite's thread could not return the open file to anyone.
        await asyncio.wait([opening], timeout=CLOSE_GRACE_SECONDS)
        if not opening.done():
            opening.cancel()
            await asyncio.wait([opening])
        if not opening.cancelled() and opening.exception() is None:
            await opening.result().close()

    async def _opened(self) -> "open_database.OpenDatabase":
        if self._outage.failure is not None:
            raise DatabaseUnavailable(f"{self._outage.failure}, a moment ago")
        opening = self._opening or self._begin_to_open()
        if not opening.done():
            await asyncio.wait([opening])  # unlike awaiting the opening itself, this does not cancel it with its caller
        failure = None if opening.cancelled() else opening.exception()
        if failure is not None:
            raise own_error(failure)
        if self._opening is not opening:
            raise DatabaseUnavailable("it was closed in the meantime")
        return opening.result()

    def _begin_to_open(self) -> "asyncio.Task[open_database.OpenDatabase]":
        self._opening = asyncio.create_task(self._open())
        self._opening.add_done_callback(self._note_failure)
        return self._opening

    async def _open(self) -> "open_database.OpenDatabase":
        opener = await asyncio.to_thread(_opener)
        return await opener(self._address, upgrades_itself=self._upgrades_itself)

    def _note_failure(self, opening: "asyncio.Task[open_database.OpenDatabase]") -> None:
        if opening.cancelled() or opening is not self._opening:  # closed in the meantime, so no retry
            return
        failure = opening.exception()
        if failure is not None:
            self._opening = None
            reason = _reason_of(failure)
            if self._outage.fail(reason):
                log.warning("database_failed", place=_place_of(self._address), reason=reason)

    async def _retry(self) -> str | None:
        opening = self._begin_to_open()
        await asyncio.wait([opening])
        failure = opening.exception()
        return None if failure is None else _reason_of(failure)


def _reason_of(failure: BaseException) -> str:
    # Callers see the reason, and the message of an unexpected error may contain SQL or secrets.
    return str(failure) if isinstance(failure, DatabaseUnavailable) else type(failure).__name__


def _place_of(address: str) -> str:
    from adapters.sql.engine import place_of  # noqa: PLC0415 -- imported by then, see above

    return place_of(address)


async def _trivial_question(unit: "SqlRepositories") -> None:
    await unit.login_failures.list_times(Matching(account=""), 0.0, 1)


def _opener() -> "Callable[..., Awaitable[open_database.OpenDatabase]]":
    from adapters.sql.open_database import open_database  # noqa: PLC0415 -- imported on first use, see above

    return open_database
