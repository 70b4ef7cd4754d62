"""A database that is open: transactions on its engine, and every failure of theirs as `DatabaseUnavailable`."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import sqlalchemy.exc
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.sql.engine import WRITES, make_engine
from adapters.sql.liveness import LivenessProbe
from adapters.sql.migrations import HEAD
from adapters.sql.repositories import SqlRepositories
from domain.errors import DatabaseUnavailable

# For a whole unit of work, from having a connection to having given it back.
UNIT_TIMEOUT_SECONDS = 10.0

log = structlog.get_logger()


class OpenDatabase:
    """The engine of one address; made by `opened`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._is_failing = False
        self._liveness = None if engine.dialect.name == "sqlite" else LivenessProbe(engine)
        self._bounded = asyncio.timeout if self._liveness is None else self._liveness.timeout

    @asynccontextmanager
    async def unit(self, *, writes: bool) -> AsyncIterator[SqlRepositories]:
        """Give a unit of work in a transaction: committed when it is left in peace, rolled back otherwise."""
        with self._failures_told():
            async with self._bounded(UNIT_TIMEOUT_SECONDS), self.engine.connect() as connection:
                await connection.execution_options(**{WRITES: writes})
                async with connection.begin():
                    yield SqlRepositories(connection)
        self._recovered()

    async def close(self) -> None:
        """Close every connection."""
        if self._liveness is not None:
            await self._liveness.close()
        await self.engine.dispose()

    @contextmanager
    def _failures_told(self) -> Iterator[None]:
        try:
            with unavailable_when_failing():
                yield
        except DatabaseUnavailable as error:
            if not self._is_failing:
                self._is_failing = True
                log.warning("database_failed", reason=str(error))
            raise

    def _recovered(self) -> None:
        if self._is_failing:
            self._is_failing = False
            log.info("database_recovered")


@contextmanager
def unavailable_when_failing() -> Iterator[None]:
    """Turn the failures that a neighbour can cause into `DatabaseUnavailable`; our own mistakes stay what they are."""
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError) as error:
        if isinstance(_of_the_driver(error), asyncpg.InsufficientPrivilegeError):  # who runs it has not granted it
            raise _unavailable(error) from error
        raise
    except (DBAPIError, sqlalchemy.exc.TimeoutError, OSError, TimeoutError) as error:
        raise _unavailable(error) from error


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    # No messages: the library's quotes the statement, and the driver's the address. What SQLite and the system call it
    # tells a full disk from a file that is no database.
    cause = _of_the_driver(error)
    name = getattr(cause, "sqlite_errorname", None)
    if name is None and isinstance(cause, OSError) and cause.errno:
        name = os.strerror(cause.errno)
    kind = type(cause).__name__
    return DatabaseUnavailable(kind if name is None else f"{kind}, {name}")


def _of_the_driver(error: BaseException) -> BaseException:
    """Return what lies under SQLAlchemy's error, and under the one that it puts between itself and asyncpg's."""
    original = getattr(error, "orig", None)
    return error if original is None else original.__cause__ or original


async def opened(address: str, *, upgrades_itself: bool) -> OpenDatabase:
    """Open the database and see to its schema. Raises `DatabaseUnavailable`, also where it must be migrated first."""
    with unavailable_when_failing():
        database = OpenDatabase(make_engine(address))
        try:
            await _see_to_the_schema(database.engine, upgrades_itself=upgrades_itself)
        except BaseException:
            await database.close()
            raise
    return database


async def schema_version(engine: AsyncEngine) -> str | None:
    """Return the newest migration that the database has had, None when it has had none."""
    async with engine.connect() as connection:
        if not await connection.run_sync(lambda sync: engine.dialect.has_table(sync, "alembic_version")):
            return None
        return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def _see_to_the_schema(engine: AsyncEngine, *, upgrades_itself: bool) -> None:
    if await schema_version(engine) == HEAD:
        return
    if not upgrades_itself:
        raise DatabaseUnavailable("its schema is not this version's; run `crossrate migrate`")
    logging.getLogger("alembic").setLevel(logging.WARNING)  # as it is imported it tells of each plugin of its own
    from adapters.sql.migrate import upgrade  # noqa: PLC0415 -- Alembic takes long to import, and is needed only here

    await upgrade(engine)
