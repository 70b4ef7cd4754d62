"""Units of work side by side: retries, rules that the database itself keeps, and callers that go away."""

import asyncio
import math
import random
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from adapters.sql import engine as engines
from adapters.sql.database import SqlDatabase
from adapters.sql.metadata import METADATA, Moment
from adapters.sql.open_database import MOST_ATTEMPTS, open_database
from adapters.sql.repositories import SqlRepositories
from domain.errors import ConcurrentChange, ConstraintViolated, DatabaseUnavailable, ValueOutOfRange
from domain.idempotency.errors import KeyInProgress
from domain.idempotency.keyed_request import Answer, IdempotencyKey, KeyedRequest
from tests.unit.fakes.accounts import session, user

EXTEND = text("UPDATE claims SET until = until + 1 WHERE name = :name")
CONDITION = text("SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = :name")


@pytest.fixture
async def database(new_database_url: str) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(new_database_url, upgrades_itself=True)
    yield database
    await database.close()


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(postgres_url, upgrades_itself=True)
    yield database
    await database.close()


async def execute(unit: SqlRepositories, statement: str) -> None:
    await unit._connection.execute(text(statement))


async def test_both_of_two_changes_that_deadlock_are_made(postgres: SqlDatabase) -> None:
    async with postgres.writing() as unit:
        for name in "ab":
            await unit.leases.acquire(name, "nobody", 1.0, 2.0)
    runs = 0

    async def extend(first: str, second: str) -> None:
        async def work(unit: SqlRepositories) -> None:
            nonlocal runs
            runs += 1
            await unit._connection.execute(EXTEND, {"name": first})
            if runs <= 2:
                await asyncio.sleep(0.2)
            await unit._connection.execute(EXTEND, {"name": second})

        await postgres.write(work)

    await asyncio.gather(extend("a", "b"), extend("b", "a"))
    assert runs in {3, 4}  # the database ends one of the two, or, on a busy machine, each in turn
    async with postgres.reading() as unit:
        found = await unit._connection.execute(text("SELECT until FROM claims"))
        assert list(found.scalars()) == [4.0, 4.0]


@pytest.mark.parametrize("failures", [1, MOST_ATTEMPTS])
async def test_work_that_gives_way_runs_again_a_few_times(postgres: SqlDatabase, failures: int) -> None:
    runs = 0

    async def work(unit: SqlRepositories) -> int:
        nonlocal runs
        runs += 1
        assert await unit.leases.acquire("lease", str(runs), 1.0, 2.0)  # so nothing is left of the attempt before
        if runs <= failures:
            await execute(unit, "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'serialization_failure'; END $$")
        return runs

    if failures < MOST_ATTEMPTS:
        assert await postgres.write(work) == failures + 1
    else:
        with pytest.raises(ConcurrentChange):
            await postgres.write(work)
        assert runs == MOST_ATTEMPTS


async def test_a_row_that_stays_locked_is_waited_for_briefly_and_only_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_TIMEOUT_SECONDS", 0.2)
    postgres, ada, runs = SqlDatabase(postgres_url, upgrades_itself=True), user("Ada"), 0

    async def lock(unit: SqlRepositories) -> None:
        nonlocal runs
        runs += 1
        await unit.users.find_by_name("ada", for_change=True)

    async with postgres.writing() as unit:
        await unit.users.add(ada)
    async with postgres.writing() as unit:
        await lock(unit)
        with pytest.raises(ConcurrentChange):
            await postgres.write(lock)
    assert runs == 2
    await postgres.close()


async def test_a_claimed_idempotency_key_is_waited_for_briefly(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_TIMEOUT_SECONDS", 0.2)
    postgres = SqlDatabase(postgres_url, upgrades_itself=True)
    request = KeyedRequest("user 1", IdempotencyKey("key"), b"fingerprint")

    async def claim(unit: SqlRepositories) -> object:
        return await unit.idempotency_records.begin(request, 1.0, 2.0)

    async with postgres.writing() as unit:
        assert await claim(unit) is None
        with pytest.raises(KeyInProgress):
            await postgres.write(claim)
        await unit.idempotency_records.keep(request, Answer(204))
    assert await postgres.write(claim) == Answer(204)
    await postgres.close()


async def test_what_the_database_refuses_on_commit_was_not_made_and_is_no_unknown_outcome(
    database: SqlDatabase,
) -> None:
    async with database.writing() as unit:
        await execute(unit, "CREATE TABLE parents (id INTEGER PRIMARY KEY)")
        await execute(
            unit,
            "CREATE TABLE children (parent INTEGER REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)",
        )
    with pytest.raises(ConstraintViolated):
        async with database.writing() as unit:
            await execute(unit, "INSERT INTO children VALUES (1)")
    async with database.reading() as unit:
        found = await unit._connection.execute(text("SELECT count(*) FROM children"))
        assert found.scalar_one() == 0


async def test_a_connection_that_the_server_has_closed_is_replaced(postgres: SqlDatabase) -> None:
    async with postgres.reading() as unit:
        await unit.users.list_all()
    async with postgres.writing() as unit:
        others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        await execute(unit, f"{others} AND application_name = 'crossrate'")
    await asyncio.sleep(0.05)
    async with postgres.reading() as unit:
        assert await unit.users.list_all() == []


async def test_work_that_goes_on_after_an_error_of_postgres_is_not_taken_for_committed(postgres: SqlDatabase) -> None:
    async def go_on(unit: SqlRepositories) -> None:
        with suppress(DBAPIError):
            await execute(unit, "INSERT INTO claims VALUES ('lease', 'nobody', 1, NULL)")

    with pytest.raises(RuntimeError, match="rolled everything back"):
        await postgres.write(go_on)
    async with postgres.writing() as unit:
        assert await unit.leases.acquire("lease", "holder", 1.0, 2.0)


async def test_what_the_database_refuses_has_an_error_of_its_own(database: SqlDatabase) -> None:
    ada = user("Ada")
    with pytest.raises(ConstraintViolated) as refused:
        async with database.writing() as unit:
            await execute(unit, "INSERT INTO claims VALUES ('lease', 'nobody', 1, NULL)")
    assert refused.value.constraint == "claims.until"
    with pytest.raises(ConstraintViolated, match="contradicts"):
        async with database.writing() as unit:
            await execute(unit, "INSERT INTO claims VALUES ('lease', 'nobody', 1, 2), ('lease', 'nobody', 1, 2)")
    async with database.writing() as unit:
        await unit.users.add(ada)
    with pytest.raises(ValueOutOfRange):
        async with database.writing() as unit:
            await unit.sessions.add(replace(session(ada), generation=2**70))
    async with database.reading() as unit:
        assert await unit.users.list_all() == [ada]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
async def test_a_moment_that_is_no_number_is_refused(database: SqlDatabase, value: float) -> None:
    ada = user("Ada")
    with pytest.raises(ValueOutOfRange):
        async with database.writing() as unit:
            await unit.users.add(replace(ada, created_at=value))


async def test_postgres_has_a_constraint_for_every_column_of_moments(postgres: SqlDatabase) -> None:
    moments = [column for table in METADATA.sorted_tables for column in table.c if isinstance(column.type, Moment)]
    async with postgres.reading() as unit:
        for column in moments:
            name = f"ck_{column.table.name}_{column.name}_finite"
            assert (await unit._connection.execute(CONDITION, {"name": name})).scalar_one_or_none(), name


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
async def test_postgres_itself_refuses_a_moment_that_is_no_number(postgres: SqlDatabase, value: float) -> None:
    with pytest.raises(ConstraintViolated) as refused:
        async with postgres.writing() as unit:
            await unit.leases.acquire("lease", "holder", 1.0, value)
    assert refused.value.constraint == "ck_claims_until_finite"


async def test_reading_cannot_change_anything(database: SqlDatabase) -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        async with database.reading() as unit:
            await unit.leases.acquire("lease", "reader", 1.0, 2.0)
    with pytest.raises((DatabaseUnavailable, DBAPIError)):
        async with database.reading() as unit:
            await execute(unit, "CREATE TABLE more (id INTEGER)")
    async with database.writing() as unit:
        assert await unit.leases.acquire("lease", "writer", 1.0, 2.0)


async def test_a_caller_that_goes_away_leaves_all_or_nothing_and_clean_connections(new_database_url: str) -> None:
    database, chance = SqlDatabase(new_database_url, upgrades_itself=True), random.Random(7)  # noqa: S311 -- no secret

    async def add_two(number: int) -> None:
        async def work(unit: SqlRepositories) -> None:
            for half in ("first", "second"):
                await unit.leases.acquire(f"{number} {half}", "one", 1.0, 2.0)

        await database.write(work)

    async def go_away(number: int) -> None:
        running = asyncio.create_task(add_two(number))
        if number % 4:
            await asyncio.sleep(chance.random() * 0.03)
            running.cancel()
        with suppress(asyncio.CancelledError, DatabaseUnavailable):
            await running

    await add_two(0)
    for start in range(1, 241, 4):
        await asyncio.gather(*map(go_away, range(start, start + 4)))
    async with database.reading() as unit:
        names = set((await unit._connection.execute(text("SELECT name FROM claims"))).scalars())
    halves = {name.split()[0]: name for name in names}
    assert len(names) == 2 * len(halves)
    assert 60 < len(halves) < 241
    await add_two(1000)
    await database.close()
    left = await open_database(new_database_url, upgrades_itself=False)
    if left.engine.dialect.name == "postgresql":
        async with left.engine.connect() as connection:
            open_ = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
            assert (await connection.execute(text(open_))).scalar_one() == 0
    await left.close()
