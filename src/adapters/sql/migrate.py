"""Applies migrations, one process at a time, all of them or none."""

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

from adapters.sql.application_role import ApplicationRole
from adapters.sql.grants import grant
from adapters.sql.migrations import HEAD
from domain.errors import DatabaseUnavailable

MIGRATIONS = Path(__file__).parent / "migrations"

# How long to wait for another process that is migrating the same database.
WAIT_SECONDS = 60.0

# An arbitrary key for Postgres' advisory lock: "crossrate" on a telephone keypad.
_ADVISORY_LOCK = 276772728

# Alembic keeps its context in module globals, so a process can migrate only one database at a time.
_ALEMBIC_LOCK = threading.Lock()

log = structlog.get_logger()


async def upgrade(engine: AsyncEngine, role: ApplicationRole | None = None) -> None:
    """Apply the missing migrations, if any, and grant the role what it needs.

    Raises `DatabaseUnavailable` if the schema is of a newer version, or if the role cannot be used.
    """
    locked = _sqlite_locked if engine.dialect.name == "sqlite" else _postgres_locked
    async with locked(engine) as connection, _alone_in_this_process():
        try:
            await connection.run_sync(_upgrade_to_head)
        except CommandError as error:
            raise DatabaseUnavailable("its schema is of a newer version of the service") from error
        if role is not None:
            await grant(connection, role)
    log.info("database_migrated", kind=engine.dialect.name, version=HEAD)


def migrations_config(connection: Connection) -> Config:
    """Return the configuration for Alembic's commands."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade_to_head(connection: Connection) -> None:
    command.upgrade(migrations_config(connection), "head")


@asynccontextmanager
async def _alone_in_this_process() -> AsyncIterator[None]:
    await _wait_until(lambda: _ALEMBIC_LOCK.acquire(blocking=False))
    try:
        yield
    finally:
        _ALEMBIC_LOCK.release()


async def _wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise DatabaseUnavailable("another process has been migrating it for too long")
        await asyncio.sleep(0.02)


@asynccontextmanager
async def _postgres_locked(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with engine.begin() as connection:
        # Migrations may take any time.
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        await connection.execute(text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS:.0f}s'"))
        await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        yield connection


@asynccontextmanager
async def _sqlite_locked(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Lock a file beside the database, because switching to a write-ahead log does not wait for other processes."""
    database = str(engine.url.database)
    lock = os.open(database + ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        await _wait_until(lambda: _is_locked(lock))
        await asyncio.to_thread(_use_write_ahead_log, database)
        async with engine.begin() as connection:
            yield connection
    finally:
        os.close(lock)  # this releases the lock


def _is_locked(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _use_write_ahead_log(database: str) -> None:
    """Let readers and a writer work concurrently; the database file stores this setting."""
    connection = sqlite3.connect(database, timeout=WAIT_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
