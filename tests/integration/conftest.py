"""What the tests on more than one kind of database share."""

from pathlib import Path

import pytest

from adapters.sql.database import SqlDatabase


@pytest.fixture(params=["sqlite", "postgres"])
def new_database_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/crossrate.db"
    url: str = request.getfixturevalue("postgres_url")
    return url


@pytest.fixture
async def new_database_url(new_database_address: str) -> str:
    """The URL of a database of the test's own with nothing in its tables: SQLite's, then Postgres'."""
    database = SqlDatabase(new_database_address, upgrades_itself=False)
    await database.migrate()
    await database.close()
    return new_database_address
