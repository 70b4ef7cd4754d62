"""Every suite in this folder runs over the fake, over SQLite in a file, and over a real Postgres.

There it runs as the role that the service has in the compose stack, which owns no table.
"""

from collections.abc import AsyncIterator
from secrets import token_urlsafe

import pytest
from sqlalchemy import Connection, make_url, text

from adapters.sql.application_role import ApplicationRole
from adapters.sql.database import SqlDatabase
from adapters.sql.open_database import open_database
from adapters.sql.tables import METADATA
from application.ports.database import Database
from tests.contracts.database.repositories import AllRepositories
from tests.unit.fakes.database import FakeDatabase

ROLE = ApplicationRole("crossrate_app", token_urlsafe(24))


@pytest.fixture(params=["fake", "sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str | None:
    """The address of an empty database with the newest schema, None for the fake."""
    return None if request.param == "fake" else request.getfixturevalue(f"migrated_{request.param}")


@pytest.fixture
async def database(address: str | None) -> AsyncIterator[Database[AllRepositories]]:
    """That database."""
    if address is None:
        yield FakeDatabase()
        return
    sql = SqlDatabase(address, upgrades_itself=False)
    yield sql
    await sql.close()


@pytest.fixture(scope="module")
async def sqlite_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> str:
    return await _migrated(f"sqlite:///{tmp_path_factory.mktemp('database')}/crossrate.db")


@pytest.fixture
async def migrated_sqlite(sqlite_of_the_module: str) -> str:
    return await _emptied(sqlite_of_the_module)


@pytest.fixture(scope="module")
async def postgres_of_the_module(postgres_server: str) -> str:
    await SqlDatabase(postgres_server, upgrades_itself=False).migrate(ROLE)
    return (
        make_url(postgres_server).set(username=ROLE.name, password=ROLE.password).render_as_string(hide_password=False)
    )


@pytest.fixture
async def migrated_postgres(postgres_server: str, postgres_of_the_module: str) -> str:
    await _emptied(postgres_server)  # as the owner
    return postgres_of_the_module


async def _migrated(address: str) -> str:
    database = await open_database(address, upgrades_itself=True)
    await database.close()
    return address


async def _emptied(address: str) -> str:
    database = await open_database(address, upgrades_itself=False)
    async with database.engine.begin() as connection:
        await connection.run_sync(_disable_triggers)  # which refuse to delete from the ledger
        for table in reversed(METADATA.sorted_tables):
            await connection.execute(table.delete())
        await connection.run_sync(_enable_triggers)
    await database.close()
    return address


def _disable_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    written = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
    triggers = connection.info["triggers"] = connection.execute(text(written)).all()
    for name, _ in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def _enable_triggers(connection: Connection) -> None:
    for _, statement in connection.info.pop("triggers", []):
        connection.exec_driver_sql(statement)
