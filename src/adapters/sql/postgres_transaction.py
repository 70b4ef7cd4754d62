"""Transactions in Postgres, begun and ended by the driver: SQLAlchemy takes three times as long, and a lock waits."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

if TYPE_CHECKING:
    Driver = asyncpg.Connection[asyncpg.Record]


def without_transactions(engine: AsyncEngine) -> AsyncEngine:
    """Return the engine with connections for `postgres_transaction`, which begin and end none by themselves."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


@asynccontextmanager
async def postgres_transaction(engine: AsyncEngine, begin: str) -> AsyncIterator[AsyncConnection]:
    """Begin with these statements; commit on a clean exit, roll back on an exception."""
    async with engine.connect() as connection:
        driver = driver_of(connection)
        await _begin(driver, begin)
        try:
            yield connection
        except BaseException:
            await _roll_back(driver)
            raise
        await _commit(driver)


def driver_of(connection: AsyncConnection) -> "Driver":
    """Return the connection of the driver; what it executes is part of the transaction."""
    pooled = connection.sync_connection
    if pooled is None:
        raise RuntimeError("the connection is not open")
    return cast("Driver", pooled.connection.driver_connection)


async def _begin(driver: "Driver", begin: str) -> None:
    try:
        await driver.execute(begin)
    except BaseException:
        driver.terminate()  # whoever gets the connection next would be in this transaction, if it has begun
        raise


async def _commit(driver: "Driver") -> None:
    try:
        ended = await driver.execute("COMMIT")
    except asyncpg.PostgresError:
        raise  # the transaction is over
    except BaseException:
        driver.terminate()  # whoever gets the connection next would wait for the answer to this
        raise
    if ended != "COMMIT":
        raise RuntimeError("the work went on after an error of the database, which then rolled everything back")


async def _roll_back(driver: "Driver") -> None:
    """Leave the connection without a transaction, or closed."""
    try:
        await driver.execute("ROLLBACK")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        driver.terminate()  # the caller shall see the first error
    except BaseException:
        driver.terminate()
        raise
