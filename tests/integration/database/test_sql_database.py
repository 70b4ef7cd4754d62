"""SQLite files and a real Postgres: schema, bounds, failures and recovery."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import orjson
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from adapters.sql import database as databases
from adapters.sql import engine as engines
from adapters.sql import open_database as opening
from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrations_config, upgrade
from adapters.sql.migrations import HEAD
from adapters.sql.open_database import OpenDatabase, open_database, schema_version
from adapters.sql.tables import METADATA
from domain.errors import DatabaseBusy, DatabaseUnavailable
from domain.identity.errors import InvalidCredentials
from tests.servers.command import environment, run_crossrate
from tests.servers.postgres import PostgresProcess
from tests.unit.fakes.accounts import api_key, session, user

PATIENCE_SECONDS = 20.0


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/folder/that/is/made/crossrate.db"


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """The address of a database without even a schema."""
    found: str = request.getfixturevalue(f"{request.param}_url")
    return found


@asynccontextmanager
async def migrated(address: str) -> AsyncIterator[OpenDatabase]:
    database = await open_database(address, upgrades_itself=True)
    try:
        yield database
    finally:
        await database.close()


async def test_models_and_migrations_do_not_differ(address: str) -> None:
    def differences(connection: Connection) -> object:
        options = {"compare_type": True, "compare_server_default": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)

    async with migrated(address) as database, database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrations_can_be_reverted_and_applied_again(address: str) -> None:
    async with migrated(address) as database:
        async with database.engine.begin() as connection:
            await connection.run_sync(lambda sync: command.downgrade(migrations_config(sync), "base"))
        assert await schema_version(database.engine) is None
        await upgrade(database.engine)
        await upgrade(database.engine)
        assert await schema_version(database.engine) == HEAD


async def test_head_is_the_newest_migration(sqlite_url: str) -> None:
    async with migrated(sqlite_url) as database, database.engine.connect() as connection:
        heads = await connection.run_sync(lambda sync: ScriptDirectory.from_config(migrations_config(sync)).get_heads())
    assert heads == [HEAD]


async def test_one_of_many_simultaneous_processes_migrates_and_all_continue(address: str) -> None:
    databases = [SqlDatabase(address, upgrades_itself=True) for _ in range(8)]

    async def listed(database: SqlDatabase) -> int:
        async with database.reading() as work:
            return len(await work.users.list_all())

    assert await asyncio.gather(*map(listed, databases)) == [0] * 8
    await asyncio.gather(*(database.close() for database in databases))


async def test_one_process_can_migrate_several_databases_at_once(tmp_path: Path) -> None:
    addresses = [f"sqlite:///{tmp_path}/{number}.db" for number in range(6)]
    databases = await asyncio.gather(*(open_database(address, upgrades_itself=True) for address in addresses))
    assert [await schema_version(database.engine) for database in databases] == [HEAD] * 6
    await asyncio.gather(*(database.close() for database in databases))


async def test_processes_that_start_together_on_a_new_file_do_not_race(tmp_path: Path) -> None:
    ended = await asyncio.gather(
        *(run_crossrate("migrate", folder=tmp_path, environment=environment()) for _ in range(4))
    )
    assert [each.status for each in ended] == [0] * 4, ended
    assert all("Traceback" not in each.errors for each in ended)
    assert (tmp_path / "data" / "crossrate.db").exists()


async def test_a_new_file_has_a_write_ahead_log_and_foreign_keys(sqlite_url: str) -> None:
    async with migrated(sqlite_url) as database, database.engine.connect() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar_one() == "wal"
        assert (await connection.execute(text("PRAGMA foreign_keys"))).scalar_one() == 1
        assert (await connection.execute(text("PRAGMA busy_timeout"))).scalar_one() == 2000


async def test_an_error_does_not_contain_the_values_to_be_stored(address: str) -> None:
    async with migrated(address) as database, database.unit(writes=True) as work:
        with pytest.raises(InvalidCredentials) as refused:
            await work.api_keys.add(api_key(user("Nobody")))
    message = str(refused.value.__cause__)
    assert "secret_digest" in message
    assert r"\x00\xff" not in message


async def test_a_session_deleted_meanwhile_neither_advances_nor_is_deleted_again(postgres_url: str) -> None:
    database = SqlDatabase(postgres_url, upgrades_itself=True)
    ada = user()
    stored = session(ada)
    try:
        async with database.writing() as work:
            await work.users.add(ada)
            await work.sessions.add(stored)
        async with database.writing() as refreshing:
            assert await refreshing.sessions.find(stored.id) == (stored, ada)
            async with database.writing() as signing_out:
                assert await signing_out.sessions.delete(ada.id, stored.id)
            assert not await refreshing.sessions.advance(replace(stored, generation=stored.generation + 1))
            assert not await refreshing.sessions.delete(ada.id, stored.id)
    finally:
        await database.close()


async def test_postgres_is_migrated_on_command_only(postgres_url: str) -> None:
    database = SqlDatabase(postgres_url, upgrades_itself=False)
    with pytest.raises(DatabaseUnavailable, match="crossrate migrate"):
        async with database.reading():
            pass
    await database.migrate()
    await until_it_answers(database)
    await database.close()


async def test_the_command_migrates_postgres_and_says_so(postgres_url: str, tmp_path: Path) -> None:
    settings = environment(database_url=postgres_url)
    ended = await run_crossrate("migrate", "--json", folder=tmp_path, environment=settings)
    assert (ended.status, ended.errors) == (0, ""), ended
    printed = orjson.loads(ended.output)
    assert (printed["version_before"], printed["version"]) == (None, HEAD)
    database = await open_database(postgres_url, upgrades_itself=False)
    await database.close()


async def test_the_command_says_in_one_line_that_it_failed(tmp_path: Path) -> None:
    settings = environment(database_url="postgresql://crossrate:pa55w0rd@127.0.0.1:1/crossrate")
    ended = await run_crossrate("migrate", folder=tmp_path, environment=settings)
    assert ended.status == 3
    assert ended.errors.startswith("Cannot migrate the database crossrate on 127.0.0.1:1: ")
    assert "pa55w0rd" not in ended.errors
    assert len(ended.errors.splitlines()) == 1


async def test_missing_grants_make_the_database_unavailable(
    postgres_process: PostgresProcess,
) -> None:
    owner = await asyncpg.connect(postgres_process.url)
    await owner.execute("CREATE ROLE guest LOGIN")
    await owner.close()
    guest = SqlDatabase(f"postgresql://guest@{postgres_process.url.partition('@')[2]}", upgrades_itself=False)
    with pytest.raises(DatabaseUnavailable, match="the user lacks a grant"):
        await guest.migrate()
    await SqlDatabase(postgres_process.url, upgrades_itself=False).migrate()
    with pytest.raises(DatabaseUnavailable, match="the user lacks a grant"):
        async with guest.reading():
            pass
    await guest.close()


async def test_callers_see_only_the_kind_of_an_unexpected_error_while_opening(postgres_url: str) -> None:
    await SqlDatabase(postgres_url, upgrades_itself=False).migrate()
    connection = await asyncpg.connect(postgres_url)
    await connection.execute("ALTER TABLE alembic_version RENAME COLUMN version_num TO secret")
    await connection.close()
    database = SqlDatabase(postgres_url, upgrades_itself=False)
    with pytest.raises(ProgrammingError):
        await database.check()
    with pytest.raises(DatabaseUnavailable, match=r"^ProgrammingError, a moment ago$"):
        await database.check()
    await database.close()


async def test_a_schema_of_an_unknown_version_is_not_touched(address: str) -> None:
    async with migrated(address) as database:
        async with database.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        with pytest.raises(DatabaseUnavailable, match="version"):
            await open_database(address, upgrades_itself=True)
        assert await schema_version(database.engine) == "9999"


async def test_a_file_that_cannot_be_created_makes_the_database_unavailable(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    database = SqlDatabase(f"sqlite:///{tmp_path}/data/crossrate.db", upgrades_itself=True)
    with pytest.raises(DatabaseUnavailable, match=r"FileExistsError|NotADirectoryError"):
        async with database.writing():
            pass
    with pytest.raises(DatabaseUnavailable, match="a moment ago"):  # later callers do not wait for it to fail again
        async with database.reading():
            pass
    (tmp_path / "data").unlink()
    await until_it_answers(database)
    await database.close()


async def test_a_postgres_that_goes_down_is_used_again_when_it_is_back(
    postgres_process: PostgresProcess,
) -> None:
    database = SqlDatabase(postgres_process.url, upgrades_itself=True)
    async with database.writing() as work:
        await work.users.add(user("Ada"))
    postgres_process.stop()
    for _ in range(3):
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailable):
            async with database.reading() as work:
                await work.users.list_all()
        assert time.monotonic() - started < 5
    postgres_process.start()
    await until_it_answers(database)
    async with database.reading() as work:
        assert [found.name for found in await work.users.list_all()] == ["Ada"]
    await database.close()


async def test_a_postgres_statement_that_takes_too_long_is_cancelled(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "STATEMENT_TIMEOUT_SECONDS", 0.3)
    async with migrated(postgres_url) as database:
        started = time.monotonic()
        with pytest.raises(DatabaseUnavailable, match=r"(?i)cancel"):
            async with database.unit(writes=False), database.engine.connect() as connection:
                await connection.execute(text("SELECT pg_sleep(20)"))
        assert time.monotonic() - started < 5
        asked = await asyncpg.connect(postgres_url)
        assert await asked.fetchval("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'") == 0
        await asked.close()


async def test_a_writer_waits_for_another_for_a_bounded_time(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "LOCK_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(engines, "CONNECT_TIMEOUT_SECONDS", 0.2)
    async with migrated(sqlite_url) as database, migrated(sqlite_url) as of_another_process, database.unit(writes=True):
        async with database.unit(writes=False) as reader:  # readers do not wait
            assert await reader.users.list_all() == []
        for waiting in (database, of_another_process):
            with pytest.raises(DatabaseBusy):
                async with waiting.unit(writes=True):
                    pass


async def test_the_pool_opens_a_bounded_number_of_connections(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "CONNECTIONS", 1)
    monkeypatch.setattr(engines, "EXTRA_CONNECTIONS", 1)
    monkeypatch.setattr(engines, "CONNECT_TIMEOUT_SECONDS", 0.3)
    async with (
        migrated(address) as database,
        database.unit(writes=False) as first,
        database.unit(writes=False) as second,
    ):
        assert await first.users.list_all() == await second.users.list_all() == []
        with pytest.raises(DatabaseUnavailable):
            async with database.unit(writes=False):
                pass


async def test_a_unit_of_work_times_out(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "UNIT_TIMEOUT_SECONDS", 0.2)
    async with migrated(sqlite_url) as database:
        with pytest.raises(DatabaseUnavailable):
            await never_ending(database)
        async with database.unit(writes=False) as work:
            assert await work.users.list_all() == []


async def never_ending(database: OpenDatabase) -> None:
    async with database.unit(writes=True) as work:
        await work.users.add(user("Ada"))
        await asyncio.Event().wait()


async def test_a_cancelled_caller_does_not_cancel_the_opening_for_others(sqlite_url: str) -> None:
    database = SqlDatabase(sqlite_url, upgrades_itself=True)

    async def listed() -> int:
        async with database.reading() as work:
            return len(await work.users.list_all())

    impatient, patient = asyncio.create_task(listed()), asyncio.create_task(listed())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 0
    await database.close()


async def test_each_of_those_who_wait_for_an_opening_that_fails_gets_an_error_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    database = SqlDatabase(f"sqlite:///{tmp_path}/data/crossrate.db", upgrades_itself=True)

    async def refused() -> DatabaseUnavailable:
        with pytest.raises(DatabaseUnavailable) as caught:
            await database.check()
        return caught.value

    one, other = await asyncio.gather(refused(), refused())
    assert one is not other
    assert str(one) == str(other)
    assert one.__cause__ is other.__cause__ is not None
    await database.close()


@pytest.mark.parametrize(
    ("left", "name"),
    [("a folder", "SQLITE_CANTOPEN"), ("nonsense", "SQLITE_NOTADB"), ("a file above", "File exists")],
)
async def test_the_error_says_why_a_file_cannot_be_opened(tmp_path: Path, left: str, name: str) -> None:
    file = tmp_path / "crossrate.db"
    if left == "a folder":
        file.mkdir()
    elif left == "nonsense":
        file.write_text("nonsense " * 1000)
    else:
        (tmp_path / "above").write_text("")
        file = tmp_path / "above" / "crossrate.db"
    database = SqlDatabase(f"sqlite:///{file}", upgrades_itself=True)
    with pytest.raises(DatabaseUnavailable, match=name) as refused:
        async with database.reading() as unit:
            await unit.users.list_all()
    assert str(tmp_path) not in str(refused.value)
    await database.close()


async def test_a_database_can_be_closed_before_or_while_it_is_opened(sqlite_url: str) -> None:
    await SqlDatabase(sqlite_url, upgrades_itself=True).close()
    database = SqlDatabase(sqlite_url, upgrades_itself=True)

    async def ask() -> None:
        async with database.reading():
            pass

    asked = asyncio.create_task(ask())  # not `check`, which gives up before a busy machine has opened it
    await asyncio.sleep(0)
    await database.close()
    with pytest.raises(DatabaseUnavailable, match="closed in the meantime"):
        await asked
    await until_it_answers(database)
    await database.close()


async def test_a_failed_opening_is_not_retried_after_closing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "RETRY_INTERVAL_SECONDS", 0.05)
    (tmp_path / "data").write_text("in the way")
    database = SqlDatabase(f"sqlite:///{tmp_path}/data/crossrate.db", upgrades_itself=True)
    asked = asyncio.create_task(database.check())
    await asyncio.sleep(0)
    await database.close()  # while it is being opened
    with pytest.raises(DatabaseUnavailable):
        await asked
    (tmp_path / "data").unlink()
    await asyncio.sleep(0.5)
    assert not (tmp_path / "data").exists()


async def until_it_answers(database: SqlDatabase) -> None:
    await until(database.check)


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(DatabaseUnavailable):
            if await holds():
                return
        await asyncio.sleep(0.05)
    raise AssertionError("it never came back")
