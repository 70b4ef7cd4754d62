"""Databases with the newest schema, copied from one that was migrated once in the run: migrating takes 0.2 s."""

import asyncio
import atexit
import shutil
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from threading import Thread

import asyncpg
from sqlalchemy import make_url

from adapters.sql.database import SqlDatabase

TEMPLATE = "migrated"


def migrated_sqlite(file: Path) -> str:
    """Write an empty database with its schema into the new file, and return its URL."""
    shutil.copyfile(_migrated_file(), file)
    return f"sqlite:///{file}"


async def migrated_postgres(url: str) -> str:
    """Replace the database by an empty one with its schema, whoever is still connected to it, and return its URL."""
    name = make_url(url).database
    connection = await asyncpg.connect(_with_database(url, "template1"))
    try:
        if not await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", TEMPLATE):
            await connection.execute(f"CREATE DATABASE {TEMPLATE}")
            await _migrate(_with_database(url, TEMPLATE))
        await connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY file_copy")
    finally:
        await connection.close()
    return url


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@cache
def _migrated_file() -> Path:
    folder = mkdtemp(prefix="crossrate-migrated-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = Path(folder, "crossrate.db")
    # In a thread, because the caller may have a running loop.
    migrating = Thread(target=lambda: asyncio.run(_migrate(f"sqlite:///{file}")))
    migrating.start()
    migrating.join()
    return file


async def _migrate(url: str) -> None:
    database = SqlDatabase(url, upgrades_itself=False)
    await database.migrate()
    await database.close()
