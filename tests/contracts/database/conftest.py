"""Every suite in this folder runs over the fake, over SQLite in a file, and over a real Postgres.

There it runs as the role that the service has in the compose stack, which owns no table.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from secrets import token_urlsafe

import asyncpg
import pytest
from sqlalchemy import make_url

from adapters.sql import engine, open_database
from adapters.sql.application_role import ApplicationRole
from adapters.sql.database import SqlDatabase
from adapters.sql.tables import METADATA
from application.ports.database import Database
from tests.contracts.database.repositories import AllRepositories
from tests.servers import migrated
from tests.unit.fakes.database import FakeDatabase

# In one round trip, and without the triggers, which refuse to delete from the ledger.
EMPTY = "; ".join(
    ["BEGIN", "SET LOCAL session_replication_role = replica"]
    + [f"DELETE FROM {table.name}" for table in METADATA.sorted_tables]  # noqa: S608 -- our own names
    + ["COMMIT"]
)
ROLE = ApplicationRole("crossrate_app", token_urlsafe(24))


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let units of work take long, and wait for long, beside other work: some write a whole year."""
    monkeypatch.setattr(open_database, "UNIT_TIMEOUT_SECONDS", 60.0)
    monkeypatch.setattr(engine, "CONNECT_TIMEOUT_SECONDS", 60.0)


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
def folder_of_the_module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("database")


@pytest.fixture
def migrated_sqlite(folder_of_the_module: Path) -> str:
    for left in folder_of_the_module.iterdir():
        left.unlink()
    return migrated.migrated_sqlite(folder_of_the_module / "crossrate.db")


@pytest.fixture(scope="module")
async def owner(postgres_server: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the tables' owner to the database, which has the newest schema."""
    await SqlDatabase(postgres_server, upgrades_itself=False).migrate(ROLE)
    connection = await asyncpg.connect(postgres_server)
    yield connection
    await connection.close()


@pytest.fixture
async def migrated_postgres(postgres_server: str, owner: asyncpg.Connection) -> str:
    await owner.execute(EMPTY)
    url = make_url(postgres_server).set(username=ROLE.name, password=ROLE.password)
    return url.render_as_string(hide_password=False)
