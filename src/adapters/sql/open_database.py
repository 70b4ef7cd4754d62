"""An open database, whose failures become `DatabaseUnavailable`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import sqlalchemy.exc
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.application_role import ApplicationRole
from adapters.sql.engine import WRITES, make_engine, place_of, tls_of
from adapters.sql.liveness import LivenessProbe
from adapters.sql.migrations import HEAD
from adapters.sql.repositories import SqlRepositories
from adapters.sql.write_samples import delete_samples, write_sample
from adapters.system_errors import with_reason
from domain.errors import DatabaseUnavailable

# For a whole unit of work, from acquiring a connection to returning it.
UNIT_TIMEOUT_SECONDS = 10.0

# What a pooler in transaction mode answers where named statements or settings of a session are used.
_OF_A_POOLER = (
    asyncpg.DuplicatePreparedStatementError,
    asyncpg.InvalidSQLStatementNameError,
    asyncpg.ProtocolViolationError,
)
BEHIND_A_POOLER = "it is behind a connection pooler; set CROSSRATE_DATABASE_POOLER=true"

# Failures that operators meet: SQLite's name of the error, or the class of Postgres' error.
_PLAINLY = {
    "SQLITE_FULL": "disk full",
    "DiskFullError": "disk full",
    "SQLITE_READONLY": "read-only file",
    "SQLITE_READONLY_DBMOVED": "the file was moved or deleted",
    "SQLITE_READONLY_DIRECTORY": "read-only folder",
    "ReadOnlySQLTransactionError": "read-only server, such as a replica",
    "InsufficientPrivilegeError": "the user lacks a grant",
}

log = structlog.get_logger()


class OpenDatabase:
    """Runs units of work on an engine. Created by `open_database`."""

    def __init__(self, address: str) -> None:
        self.engine = engine = make_engine(address)
        self._place = place_of(address)
        # Contains False while reads fail and True while writes fail: each may fail alone.
        self._failing: set[bool] = set()
        self._liveness = None if engine.dialect.name == "sqlite" else LivenessProbe(engine, tls_of(address))
        self._bounded = asyncio.timeout if self._liveness is None else self._liveness.timeout

    @asynccontextmanager
    async def unit(self, *, writes: bool) -> AsyncIterator[SqlRepositories]:
        """Open a unit of work, which is committed on a clean exit and rolled back on an exception."""
        async with self._transaction(writes=writes) as connection:
            yield SqlRepositories(connection)

    async def check_writing(self) -> None:
        """Commit a small change and undo it. Raises `DatabaseUnavailable`."""
        async with self._transaction(writes=True) as connection:
            await write_sample(connection)
        async with self._transaction(writes=True) as connection:
            await delete_samples(connection)

    async def close(self) -> None:
        """Close every connection."""
        if self._liveness is not None:
            await self._liveness.close()
        await self.engine.dispose()

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        with self._logging_failures(writes=writes):
            async with self._bounded(UNIT_TIMEOUT_SECONDS), self.engine.connect() as connection:
                await connection.execution_options(**{WRITES: writes})
                async with connection.begin():
                    yield connection
        self._recovered(writes=writes)

    @contextmanager
    def _logging_failures(self, *, writes: bool) -> Iterator[None]:
        try:
            with unavailable_when_failing():
                yield
        except DatabaseUnavailable as error:
            if writes not in self._failing:
                self._failing.add(writes)
                log.warning("database_failed", place=self._place, reason=str(error), writes=writes)
            raise

    def _recovered(self, *, writes: bool) -> None:
        """Note what works again; a write that succeeds shows that reads do too."""
        working = {writes, False} & self._failing
        if working:
            self._failing -= working
            log.info("database_recovered", writes=writes)


@contextmanager
def unavailable_when_failing() -> Iterator[None]:
    """Translate external failures into `DatabaseUnavailable`; our own errors, such as bad SQL, pass through."""
    try:
        yield
    except asyncpg.ProtocolViolationError as error:
        raise DatabaseUnavailable(BEHIND_A_POOLER) from error
    except (IntegrityError, ProgrammingError, DataError) as error:
        if isinstance(_driver_error(error), _OF_A_POOLER):
            raise DatabaseUnavailable(BEHIND_A_POOLER) from error
        if isinstance(
            _driver_error(error), asyncpg.InsufficientPrivilegeError
        ):  # a missing grant, which the operator must add
            raise _unavailable(error) from error
        raise
    except (DBAPIError, sqlalchemy.exc.TimeoutError, OSError, TimeoutError) as error:
        raise _unavailable(error) from error


def _unavailable(error: BaseException) -> DatabaseUnavailable:
    # Without messages: the library's contains the statement, the driver's the address. The name of SQLite's or the
    # system's error suffices to distinguish a file that is not a database from one that cannot be opened.
    cause = _driver_error(error)
    if isinstance(cause, _OF_A_POOLER):
        return DatabaseUnavailable(BEHIND_A_POOLER)
    name = getattr(cause, "sqlite_errorname", None)
    plain = _PLAINLY.get(name or type(cause).__name__)
    if plain is not None:
        return DatabaseUnavailable(plain)
    return DatabaseUnavailable(with_reason(cause) if name is None else f"{type(cause).__name__}, {name}")


def _driver_error(error: BaseException) -> BaseException:
    """Return the driver's own error, which SQLAlchemy wraps, asyncpg's even twice."""
    original = getattr(error, "orig", None)
    return error if original is None else original.__cause__ or original


async def open_database(address: str, *, upgrades_itself: bool) -> OpenDatabase:
    """Open the database; check or upgrade its schema. Raises `DatabaseUnavailable`, also if the schema is outdated."""
    with unavailable_when_failing():
        database = OpenDatabase(address)
        try:
            await _check_schema(database.engine, upgrades_itself=upgrades_itself)
        except BaseException:
            await database.close()
            raise
    return database


async def migrate(address: str, role: ApplicationRole | None = None) -> tuple[str | None, str]:
    """Create or upgrade the schema, and grant the application's role what it needs.

    Returns the version before, None if there was none, and after.

    Raises `DatabaseUnavailable`.
    """
    with unavailable_when_failing():
        database = OpenDatabase(address)
        try:
            before = await schema_version(database.engine)
            if before != HEAD or role is not None:
                await _upgrade(database.engine, role)
        finally:
            await database.close()
    return before, HEAD


async def schema_version(engine: AsyncEngine) -> str | None:
    """Return the version of the last applied migration, None if there was none."""
    async with engine.connect() as connection:
        if not await connection.run_sync(lambda sync: engine.dialect.has_table(sync, "alembic_version")):
            return None
        return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one_or_none()


async def _check_schema(engine: AsyncEngine, *, upgrades_itself: bool) -> None:
    if await schema_version(engine) == HEAD:
        return
    if not upgrades_itself:
        raise DatabaseUnavailable("its schema is not of this version; run `crossrate migrate`")
    await _upgrade(engine, None)


async def _upgrade(engine: AsyncEngine, role: ApplicationRole | None) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs each of its plugins on import
    from adapters.sql.migrate import upgrade  # noqa: PLC0415 -- slow to import, and needed only here

    await upgrade(engine, role)
