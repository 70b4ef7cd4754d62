"""An open database, whose failures become `DatabaseUnavailable`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, stop_after_delay, wait_random_exponential

from adapters.sql.application_role import ApplicationRole
from adapters.sql.engine import begin_in_postgres, make_engine, place_of, tls_of
from adapters.sql.failures import Progress, translated_failures
from adapters.sql.liveness import LivenessProbe
from adapters.sql.migrations import HEAD
from adapters.sql.postgres_transaction import postgres_transaction, without_transactions
from adapters.sql.repositories import SqlRepositories
from adapters.sql.write_samples import delete_samples, write_sample
from domain.errors import ConcurrentChange, DatabaseBusy, DatabaseUnavailable

# For a whole unit of work, from acquiring a connection to returning it.
UNIT_TIMEOUT_SECONDS = 10.0

# How often `write` runs its work, and for how long after the first time it begins anew.
MOST_ATTEMPTS = 4
RETRY_SECONDS = 3.0

T = TypeVar("T")

log = structlog.get_logger()


class OpenDatabase:
    """Runs units of work. Created by `open_database`. `engine` is the one that writes."""

    def __init__(self, address: str) -> None:
        self.engine = engine = make_engine(address, writes=True)
        self.reading_engine = make_engine(address, writes=False)
        self._place = place_of(address)
        # Contains False while reads fail and True while writes fail: each may fail alone.
        self._failing: set[bool] = set()
        self._begun = {
            True: _begun(engine, address, writes=True),
            False: _begun(self.reading_engine, address, writes=False),
        }
        engines = (engine, self.reading_engine)
        self._liveness = None if engine.dialect.name == "sqlite" else LivenessProbe(engines, tls_of(address))
        self._retrying = AsyncRetrying(
            retry=retry_if_exception(_gave_way),
            stop=stop_after_attempt(MOST_ATTEMPTS - 1) | stop_after_delay(RETRY_SECONDS),
            wait=wait_random_exponential(multiplier=0.01, max=0.2),
            reraise=True,
        )
        self._bounded = asyncio.timeout if self._liveness is None else self._liveness.timeout

    @asynccontextmanager
    async def unit(self, *, writes: bool) -> AsyncIterator[SqlRepositories]:
        """Open a unit of work, which is committed on a clean exit and rolled back on an exception."""
        async with self._transaction(writes=writes) as connection:
            yield SqlRepositories(connection)

    async def write(self, work: Callable[[SqlRepositories], Awaitable[T]]) -> T:
        """Run the work in a unit of its own, again if the database chose that unit to give way to another."""
        try:
            return await self._attempt(work)
        except ConcurrentChange as error:
            if not error.can_retry:
                raise
        return await self._retrying.copy()(self._attempt, work)

    async def _attempt(self, work: Callable[[SqlRepositories], Awaitable[T]]) -> T:
        async with self.unit(writes=True) as unit:
            return await work(unit)

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
        await self.reading_engine.dispose()

    @asynccontextmanager
    async def _transaction(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        progress = Progress()
        with self._logging_failures(writes=writes), translated_failures(progress):
            async with self._bounded(UNIT_TIMEOUT_SECONDS), self._begun[writes]() as connection:
                yield connection
                progress.is_committing = writes
        self._recovered(writes=writes)

    @contextmanager
    def _logging_failures(self, *, writes: bool) -> Iterator[None]:
        try:
            yield
        except (DatabaseBusy, ConcurrentChange):
            raise
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


async def open_database(address: str, *, upgrades_itself: bool) -> OpenDatabase:
    """Open the database; check or upgrade its schema. Raises `DatabaseUnavailable`, also if the schema is outdated."""
    with translated_failures():
        database = OpenDatabase(address)
        try:
            await _check_schema(database, upgrades_itself=upgrades_itself)
        except BaseException:
            await database.close()
            raise
    return database


async def migrate(address: str, role: ApplicationRole | None = None) -> tuple[str | None, str]:
    """Create or upgrade the schema, and grant the application's role what it needs.

    Returns the version before, None if there was none, and after.

    Raises `DatabaseUnavailable`.
    """
    with translated_failures():
        database = OpenDatabase(address)
        try:
            before = await schema_version(database.reading_engine)
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


async def _check_schema(database: OpenDatabase, *, upgrades_itself: bool) -> None:
    if await schema_version(database.reading_engine) == HEAD:
        return
    if not upgrades_itself:
        raise DatabaseUnavailable("its schema is not of this version; run `crossrate migrate`")
    await _upgrade(database.engine, None)


async def _upgrade(engine: AsyncEngine, role: ApplicationRole | None) -> None:
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it logs each of its plugins on import
    from adapters.sql.migrate import upgrade  # noqa: PLC0415 -- slow to import, and needed only here

    await upgrade(engine, role)


def _begun(
    engine: AsyncEngine, address: str, *, writes: bool
) -> Callable[[], AbstractAsyncContextManager[AsyncConnection]]:
    """Return what opens a transaction."""
    if engine.dialect.name == "sqlite":
        return engine.begin
    return partial(postgres_transaction, without_transactions(engine), begin_in_postgres(address, writes=writes))


def _gave_way(error: BaseException) -> bool:
    return isinstance(error, ConcurrentChange) and error.can_retry
