"""Neither database lets anybody write what a ledger must not contain; verification finds what was forged anyway."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest
from sqlalchemy import Connection, make_url, text
from sqlalchemy.exc import IntegrityError

from adapters.sql.database import SqlDatabase
from adapters.sql.open_database import OpenDatabase, open_database
from application.ledger.post_transaction import post_transaction
from application.ledger.verify_ledger import VerifyLedger
from domain.ledger.account import Account
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.hold import hold
from domain.ledger.movements.release import release
from domain.ledger.movements.transfer import transfer
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.money import BTC, USD, account, outside

MINE, YOURS, COINS = (account(USD), account(USD), account(BTC))
MADE, HELD, RELEASED, OPEN = (UUID(int=number) for number in range(1, 5))

POSTGRES = {"minus": "-1", "five": "5", "nan": "'NaN'", "hash": r"'\\x00'"}
SQLITE = {"minus": f"'-{1:038d}'", "five": f"'+{5:038d}'", "nan": "'NaN'", "hash": "x'00'"}

# What each statement tries, in a ledger where MINE has 70 USD available and 20 held, and YOURS has 10.
FORBIDDEN = {
    "change a posting": "UPDATE ledger_postings SET recorded_at_us = 0",
    "change a transaction": "UPDATE ledger_transactions SET reason = 'another'",
    "change an asset": "UPDATE ledger_assets SET scale = 3",
    "delete a posting": "DELETE FROM ledger_postings",
    "delete a transaction": "DELETE FROM ledger_transactions",
    "delete an account": "DELETE FROM ledger_accounts WHERE version = 0",
    "delete an asset": "DELETE FROM ledger_assets WHERE code = 'BTC'",
    "delete a hold": "DELETE FROM ledger_holds",
    "resolve a hold twice": "UPDATE ledger_holds SET resolved_by_id = id WHERE outcome IS NOT NULL",
    "reopen a hold": "UPDATE ledger_holds SET outcome = NULL, resolved_by_id = NULL",
    "change a hold's end": "UPDATE ledger_holds SET expires_at_us = 0 WHERE outcome IS NULL",
    "give an account another owner": "UPDATE ledger_accounts SET owner_id = NULL WHERE kind = 'user'",
    "give an account another asset": "UPDATE ledger_accounts SET asset = 'BTC'",
    "set a balance without a posting's version": "UPDATE ledger_accounts SET available = held",
    "overdraw a user": "UPDATE ledger_accounts SET version = version + 1, available = {minus} WHERE kind = 'user'",
    "hold less than nothing": "UPDATE ledger_accounts SET version = version + 1, held = {minus}",
    "have no number": "UPDATE ledger_accounts SET version = version + 1, available = {nan} WHERE kind = 'external'",
}


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[OpenDatabase]:
    database = await open_database(address, upgrades_itself=True)
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def empty_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a database of this module's own, with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path_factory.mktemp('ledger')}/crossrate.db"
    return address_of(request.getfixturevalue("postgres_server"), "ledger_rules")


@pytest.fixture(scope="module")
async def address(empty_address: str) -> AsyncIterator[str]:
    """The address of a small ledger that no test may change."""
    if empty_address.startswith("postgres"):
        await administered(empty_address, "CREATE DATABASE ledger_rules")
    async with opened(empty_address) as database, database.unit(writes=True) as unit:
        for each in (MINE, outside(MINE), YOURS, COINS):
            await unit.ledger_accounts.open(each)
        for transaction in (
            deposit(MADE, 100, to=MINE.ref, source=outside(MINE).ref),
            transfer(uuid4(), 10, source=MINE.ref, to=YOURS.ref),
            hold(HELD, 30, account=MINE.ref),
            hold(OPEN, 20, account=MINE.ref),
        ):
            await post_transaction(unit, transaction, NOON)
        held = await unit.holds.find(HELD)
        assert held is not None
        await post_transaction(unit, release(RELEASED, held), NOON)
    yield empty_address
    if empty_address.startswith("postgres"):
        await administered(empty_address, "DROP DATABASE ledger_rules")


@pytest.fixture
async def copied(address: str, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a copy of it for one test."""
    if address.startswith("sqlite"):
        shutil.copytree(Path(str(make_url(address).database)).parent, tmp_path / "copied")
        yield f"sqlite:///{tmp_path}/copied/crossrate.db"
        return
    await administered(address, "CREATE DATABASE ledger_copied TEMPLATE ledger_rules")
    yield address_of(address, "ledger_copied")
    await administered(address, "DROP DATABASE ledger_copied")


def address_of(address: str, database: str) -> str:
    return make_url(address).set(database=database).render_as_string(hide_password=False)


async def administered(address: str, statement: str) -> None:
    connection = await asyncpg.connect(address_of(address, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def executed(address: str, *statements: str, rules: bool = True) -> None:
    """Execute in one transaction, with or without the database's triggers."""
    async with opened(address) as database:
        is_postgres = database.engine.dialect.name == "postgresql"
        values = POSTGRES if is_postgres else SQLITE
        async with database.engine.begin() as connection:
            if not rules:
                await connection.run_sync(without_triggers)
            for statement in statements:
                await connection.execute(text(statement.format_map(values)))


def without_triggers(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


@pytest.mark.parametrize("statement", FORBIDDEN.values(), ids=FORBIDDEN.keys())
async def test_the_database_itself_refuses_to(address: str, statement: str) -> None:
    with pytest.raises(IntegrityError):
        await executed(address, statement)


async def test_postgres_refuses_to_empty_a_table_of_the_ledger(address: str) -> None:
    if address.startswith("sqlite"):
        return  # which has no such statement
    for table in ("ledger_assets", "ledger_accounts", "ledger_transactions", "ledger_postings", "ledger_holds"):
        with pytest.raises(IntegrityError):
            await executed(address, f"TRUNCATE {table} CASCADE")


def rows(address: str, *changes: tuple[Account, int], postings: int | None = None) -> list[str]:
    """Return statements that insert a transaction with these changes, in the order that the database wants."""
    id_ = uuid4()
    is_postgres = address.startswith("postgres")
    named, zero = (str(id_), "0") if is_postgres else (id_.hex, f"'+{0:038d}'")
    header = _insert("ledger_transactions", f"'{named}', 'transfer', NULL, 0, 0, '', {postings or len(changes)}")
    inserted = []
    for place, (of, change) in enumerate(changes):
        owner = str(of.id) if is_postgres else of.id.hex
        amount = str(change) if is_postgres else f"'{change:+039d}'"
        blob = "'\\x00'" if is_postgres else "x'00'"
        values = f"'{owner}', {1000 + place}, '{named}', {amount}, {zero}, {zero}, {zero}, 0, {blob}"
        inserted.append(_insert("ledger_postings", values))
    return [header, *inserted] if is_postgres else [*inserted, header]


def _insert(table: str, values: str) -> str:
    return f"INSERT INTO {table} VALUES ({values})"  # noqa: S608 -- of this file


@pytest.mark.parametrize(
    "changes",
    [
        ((MINE, 1),),
        ((MINE, 5), (YOURS, -4)),
        ((MINE, 5), (COINS, -5)),
        ((MINE, 10**12), (YOURS, -1)),
        ((MINE, 10**25), (YOURS, -(10**12))),
        ((MINE, 10**37), (YOURS, -(10**25))),
    ],
)
async def test_the_database_refuses_a_transaction_that_does_not_sum_to_zero_per_asset(
    address: str, changes: tuple[tuple[Account, int], ...]
) -> None:
    with pytest.raises(IntegrityError):
        await executed(address, *rows(address, *changes))


async def test_the_database_accepts_one_that_does(copied: str) -> None:
    await executed(copied, *rows(copied, (MINE, 10**37), (YOURS, 1), (outside(MINE), -(10**37) - 1)))


async def test_the_database_refuses_postings_that_are_added_later(copied: str) -> None:
    first = rows(copied, (MINE, 5), (YOURS, -5), postings=2)
    await executed(copied, *first)
    inserts = [each for each in rows(copied, (outside(MINE), 0)) if "ledger_postings" in each]
    id_ = next(each for each in first if "ledger_transactions" in each).split("'")[1]
    [late] = [each.replace(each.split("'")[3], id_) for each in inserts]
    with pytest.raises(IntegrityError):
        await executed(copied, late)


async def verified(address: str) -> list[str]:
    """Return what is wrong, after every change that the database would have refused."""
    database = SqlDatabase(address, upgrades_itself=False)
    try:
        return [fault.what for fault in (await VerifyLedger(database)()).faults]
    finally:
        await database.close()


async def test_nothing_is_wrong_at_first(copied: str) -> None:
    assert await verified(copied) == []


# What somebody with every right on the database changed, and what verification says of it.
FORGED = {
    "a reason": ("UPDATE ledger_transactions SET reason = 'another'", "its hash does not match"),
    "when it happened": ("UPDATE ledger_transactions SET occurred_at_us = 0", "its hash does not match"),
    "when it was posted": ("UPDATE ledger_postings SET recorded_at_us = 0", "at another time than its postings"),
    "a change": ("UPDATE ledger_postings SET available_change = available WHERE version = 2", "the changes lead to"),
    "a running balance": ("UPDATE ledger_postings SET available = held WHERE version = 1", "the changes lead to"),
    "a chain": ("UPDATE ledger_postings SET hash = {hash} WHERE version = 1", "its hash does not match"),
    "a balance": ("UPDATE ledger_accounts SET available = held WHERE kind = 'user'", "its postings lead to"),
    "a version": ("UPDATE ledger_accounts SET version = 9 WHERE kind = 'external'", "its last posting is 1"),
    "a lost posting": ("DELETE FROM ledger_postings WHERE version = 2", "postings are missing"),
    "a lost last posting": ("DELETE FROM ledger_postings WHERE version = 5", "its last posting is 4"),
    "a transaction's postings": ("DELETE FROM ledger_postings WHERE version = 5", "has 0 postings instead of 1"),
    "a lost hold": ("DELETE FROM ledger_holds WHERE outcome IS NULL", "its open holds sum to 0"),
    "a hold reopened": ("UPDATE ledger_holds SET outcome = NULL, resolved_by_id = NULL", "its open holds sum to 50"),
    "a hold made smaller": ("UPDATE ledger_holds SET amount = {five}", "but its transaction held 20"),
    "a hold resolved by another": (
        "UPDATE ledger_holds SET resolved_by_id = id WHERE outcome IS NOT NULL",
        "resolving it changed what is held by 30",
    ),
}


@pytest.mark.parametrize(("statement", "what"), FORGED.values(), ids=FORGED.keys())
async def test_verification_finds_a_forged(copied: str, statement: str, what: str) -> None:
    await executed(copied, statement, rules=False)
    assert any(what in each for each in await verified(copied))


async def test_verification_finds_a_posting_without_its_counterpart(copied: str) -> None:
    await executed(copied, *rows(copied, (MINE, 5)), rules=False)
    assert "its postings of USD sum to 5, not to zero" in await verified(copied)
