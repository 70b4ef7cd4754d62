"""The schema, brought up to date: one process at a time, all of it or nothing."""

import asyncio
import fcntl
import os
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from adapters.sql.engine import WRITES
from adapters.sql.migrations import HEAD
from domain.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"

# For another process that migrates the same database.
WAIT_SECONDS = 60.0

# Any number, as long as nobody else locks it in this database: "crossrate" on a telephone's keys.
_ADVISORY_LOCK = 276772728

# Alembic keeps what it works on in its modules, so a process can only migrate one database at a time.
_ALEMBIC_IS_FREE = threading.Lock()

log = structlog.get_logger()


async def upgrade(engine: AsyncEngine) -> None:
    """Apply what is missing; nothing happens when nothing is. Raises `DatabaseUnavailable` for a newer schema."""
    locked = _sqlite_locked if engine.dialect.name == "sqlite" else _postgres_locked
    async with locked(engine) as connection, _one_of_this_process():
        try:
            await connection.run_sync(_upgrade_to_head)
        except CommandError as error:
            raise DatabaseUnavailable("its schema is of a version that this one does not know") from error
    log.info("database_migrated", kind=engine.dialect.name, version=HEAD)


def migrations_config(connection: Connection) -> Config:
    """Return what Alembic's commands need to know."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade_to_head(connection: Connection) -> None:
    command.upgrade(migrations_config(connection), "head")


@asynccontextmanager
async def _one_of_this_process() -> AsyncIterator[None]:
    await _until(lambda: _ALEMBIC_IS_FREE.acquire(blocking=False))
    try:
        yield
    finally:
        _ALEMBIC_IS_FREE.release()


async def _until(is_had: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_had():
        if time.monotonic() > deadline:
            raise DatabaseUnavailable("another has been migrating it for very long")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _postgres_locked(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        # A migration may take as long as it needs.
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS:.0f}s'"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection


@asynccontextmanager
async def _sqlite_locked(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """By a lock on a file beside the database: changing to a write-ahead log waits for nobody and fails instead."""
    database = str(engine.url.database)
    lock = os.open(database + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _until(lambda: _is_locked(lock))
        await asyncio.to_thread(_use_write_ahead_log, database)
        async with engine.connect() as connection:
            await connection.execution_options(**{WRITES: True})
            async with connection.begin():
                yield connection
    finally:
        os.close(lock)  # which unlocks it


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _use_write_ahead_log(database: str) -> None:
    """Have readers and a writer not wait for each other; the file remembers it."""
    connection = sqlite3.connect(database, timeout=WAIT_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
