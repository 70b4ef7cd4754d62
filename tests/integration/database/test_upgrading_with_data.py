"""A database with a year of data is upgraded: every row of every table stays as it was."""

from collections.abc import AsyncIterator
from datetime import date
from itertools import cycle
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from alembic import command
from sqlalchemy import Column, Connection, MetaData, Table, TypeDecorator, insert, select

from adapters.sql.database import SqlDatabase
from adapters.sql.migrate import migrations_config, upgrade
from adapters.sql.open_database import OpenDatabase, open_database
from adapters.sql.tables import METADATA
from application.ledger.post_transaction import post_transaction
from application.ledger.verify_ledger import VerifyLedger
from domain.ledger.account import Account
from domain.ledger.asset import Asset
from domain.ledger.movements.deposit import deposit
from domain.ledger.movements.hold import hold
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName
from tests.integration.money.length import DAYS_TO_UPGRADE as DAYS
from tests.integration.money.length import ROWS_TO_UPGRADE as ROWS
from tests.unit.fakes.accounts import user as a_user
from tests.unit.fakes.clock import NOON

# The last one before orders, webhooks and currencies of one's own.
BEFORE = "0010"

# Filled row by row; wallets and ledger are filled by the service itself.
OTHERS = (
    *("sessions", "api_keys", "login_failures", "known_addresses", "audit_events", "idempotency_keys", "claims"),
    *("call_counts", "quotes", "hourly_rates", "reference_rates", "write_samples"),
)

USD = Asset.of("USD", 2)

StoredRows = dict[str, list[tuple[object, ...]]]


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/crossrate.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
async def before(address: str) -> AsyncIterator[OpenDatabase]:
    """A database of an older version, with rows in all its tables."""
    await _move_money(address)
    database = await open_database(address, upgrades_itself=False)
    async with database.engine.begin() as connection:
        users = list((await connection.execute(select(METADATA.tables["users"].c.id))).scalars())
        for name in OTHERS:
            table = METADATA.tables[name]
            rows = [_row(table, number, user) for number, user in zip(range(ROWS), cycle(users), strict=False)]
            await connection.execute(insert(table), rows)
        await connection.run_sync(lambda sync: command.downgrade(migrations_config(sync), BEFORE))
    yield database
    await database.close()


async def test_every_row_is_as_it_was_before_the_upgrade(before: OpenDatabase, address: str) -> None:
    tables = MetaData()
    async with before.engine.begin() as connection:
        await connection.run_sync(tables.reflect)
        rows = await connection.run_sync(_rows, tables)
    assert [name for name, found in rows.items() if not found] == []
    await upgrade(before.engine)
    async with before.engine.begin() as connection:
        assert await connection.run_sync(_rows, tables) == rows
    database = SqlDatabase(address, upgrades_itself=False)
    verified = await VerifyLedger(database)()
    assert (verified.fault_count, verified.is_whole, verified.holds) == (0, True, 2)
    await database.close()


async def _move_money(address: str) -> None:
    """Make two users who put something in each day of a year, and hold some of it."""
    database = SqlDatabase(address, upgrades_itself=True)
    for user in (a_user("Ada"), a_user("Grace")):
        mine, outside = Account.of_user(uuid4(), user.id, USD), Account.external(user.id, USD)
        async with database.writing() as unit:
            await unit.users.add(user)
            wallet = Wallet(uuid4(), user.id, WalletName("Savings"), NOON)
            await unit.wallets.add(wallet)
            await unit.wallets.add_currency(WalletCurrency(mine.id, wallet.id, USD.code))
            await unit.ledger_accounts.open(mine)
            await unit.ledger_accounts.open(outside)
        for day in range(DAYS):
            async with database.writing() as unit:
                transaction = deposit(uuid4(), 100 + day, to=mine.ref, source=outside.ref)
                await post_transaction(unit, transaction, NOON + day * 86400)
        async with database.writing() as unit:
            await post_transaction(unit, hold(uuid4(), 50, account=mine.ref), NOON + DAYS * 86400)
    await database.close()


def _rows(connection: Connection, tables: MetaData) -> StoredRows:
    found: StoredRows = {}
    for table in tables.sorted_tables:
        if table.name != "alembic_version":
            ordered = connection.execute(select(table).order_by(*table.primary_key))
            found[table.name] = [tuple(row) for row in ordered]
    return found


def _row(table: Table, number: int, user: UUID) -> dict[str, object]:
    return {column.key: _value(column, number, user) for column in table.c}


def _value(column: Column[object], number: int, user: UUID) -> object:
    if column.name == "user_id":
        return user
    type_ = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    kind = type_.python_type
    if kind is UUID:
        return uuid4()
    if kind is date:
        return date.fromordinal(date(2025, 1, 1).toordinal() + number)
    if kind is bytes:
        return bytes(32)
    return kind(number)
