"""A database that can be read but not written is noticed, with the reason, and so is its recovery."""

import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import event, text

from adapters.sql import database as sql_database
from adapters.sql.database import SqlDatabase
from adapters.sql.open_database import OpenDatabase, open_database
from adapters.sql.tables import WRITE_SAMPLES
from domain.errors import DatabaseUnavailable
from tests.servers.postgres import PostgresProcess
from tests.waiting import eventually


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let checks take longer than usual, because the first opens the database, beside other work."""
    monkeypatch.setattr(sql_database, "CHECK_TIMEOUT_SECONDS", 10.0)


@pytest.fixture
def disk(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of so many megabytes, in a folder that Postgres' own user can reach."""
    with tempfile.TemporaryDirectory(prefix="crossrate-disk-") as above:
        folder = Path(above) / "disk"
        folder.mkdir()
        Path(above).chmod(0o755)
        mount = ["mount", "-t", "tmpfs", "-o", f"size={request.param}m,mode=755", "tmpfs", str(folder)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:  # noqa: S603 -- our own arguments
            pytest.skip("needs the right to mount a small file system")
        yield folder
        subprocess.run(["umount", "-l", str(folder)], check=True)  # noqa: S603, S607


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(address, upgrades_itself=True)
    async with database.reading() as unit:
        await unit.users.list_all()
    try:
        yield database
    finally:
        await database.close()


async def refused(database: SqlDatabase | OpenDatabase) -> str:
    """Return why the database takes no writes."""
    with pytest.raises(DatabaseUnavailable) as caught:
        await database.check_writing()
    return str(caught.value)


def fill(disk: Path) -> Path:
    """Fill the disk, and return the file that fills it."""
    file = disk / "fill"
    with suppress(OSError), file.open("wb", buffering=0) as filling:
        while True:
            filling.write(bytes(4096))
    return file


async def test_a_check_of_writing_leaves_nothing(new_database_url: str) -> None:
    async with opened(new_database_url) as database:
        for _ in range(3):
            await database.check_writing()
    left = await open_database(new_database_url, upgrades_itself=False)
    async with left.engine.connect() as connection:
        assert (await connection.execute(WRITE_SAMPLES.select())).all() == []
    await left.close()


@pytest.mark.parametrize("disk", [2], indirect=True)
async def test_a_full_disk_below_sqlite_is_noticed_while_reads_succeed(disk: Path) -> None:
    async with opened(f"sqlite:///{disk}/crossrate.db") as database:
        await database.check_writing()
        filling = fill(disk)
        assert [await refused(database) for _ in range(2)] == ["disk full"] * 2
        assert await database.check()
        filling.unlink()
        await database.check_writing()


@pytest.mark.parametrize("disk", [300], indirect=True)
async def test_a_full_disk_below_postgres_is_noticed_while_reads_succeed(disk: Path) -> None:
    server = PostgresProcess(disk, max_wal_size="32MB")
    server.make()
    server.start()
    try:
        async with opened(server.url) as database:
            for _ in range(60):  # so that its own table has room, which a write to another one may not find
                await database.check_writing()
            owner = await asyncpg.connect(server.url)
            await owner.execute("VACUUM write_samples")
            await owner.close()
            filling = fill(disk)
            assert [await refused(database) for _ in range(2)] == ["disk full"] * 2
            assert await database.check()
            filling.unlink()
            await database.check_writing()
    finally:
        server.stop()


async def test_a_file_at_its_greatest_size_is_noticed(tmp_path: Path) -> None:
    database = await open_database(f"sqlite:///{tmp_path}/crossrate.db", upgrades_itself=True)
    async with database.engine.connect() as connection:
        pages = (await connection.execute(text("PRAGMA page_count"))).scalar_one()
    await database.engine.dispose()
    event.listen(
        database.engine.sync_engine,
        "connect",
        lambda connection, _: connection.execute(f"PRAGMA max_page_count = {pages}"),
    )
    assert await refused(database) == "disk full"
    await database.close()


async def test_a_server_that_became_read_only_is_noticed(postgres_process: PostgresProcess) -> None:
    async with opened(postgres_process.url) as database:
        await database.check_writing()
        owner = await asyncpg.connect(postgres_process.url)
        await owner.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await owner.execute("SELECT pg_reload_conf()")
        await owner.close()

        async def is_refused() -> bool:
            try:
                await database.check_writing()
            except DatabaseUnavailable as error:
                return str(error) == "read-only server, such as a replica"
            return False

        await eventually(is_refused)
        assert await database.check()


async def test_a_user_without_grants_is_noticed(postgres_process: PostgresProcess) -> None:
    owner = await asyncpg.connect(postgres_process.url)
    await owner.execute("CREATE ROLE guest LOGIN")
    async with opened(postgres_process.url):
        await owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest")
    await owner.close()
    async with opened(f"postgresql://guest@{postgres_process.url.partition('@')[2]}") as guest:
        assert await guest.check()
        assert await refused(guest) == "the user lacks a grant"
