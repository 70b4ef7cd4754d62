"""Demo data fills an empty database with a year that verifies, and no other."""

from decimal import Decimal

import pytest

from application.ledger.verify_ledger import VerifyLedger
from application.orders.fill_with_demo_data import DemoData, FillWithDemoData
from application.ports.database import Database
from application.wallets.list_entries import ListEntries
from application.wallets.read_wallets import ReadWallets
from domain.currency import Currency
from domain.identity.user import Password
from domain.ledger.account import Account
from domain.orders.clearing_asset import ClearingAsset
from domain.wallets.demo_year import DAYS
from domain.wallets.errors import NotEmpty
from domain.wallets.wallet import asset_of
from tests.contracts.database.repositories import AllRepositories
from tests.unit.fakes.accounts import user
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.money import account
from tests.unit.fakes.password_hasher import FakePasswordHasher

AllDatabase = Database[AllRepositories]

DAY = 24 * 3600


async def filled(database: AllDatabase) -> DemoData:
    fill = FillWithDemoData(
        database=database, hasher=FakePasswordHasher(), clock=FakeClock(NOON), venues=("simulated",)
    )
    return await fill([Password("one password"), Password("another password")], "command line")


async def test_two_users_get_a_year_and_two_assets_are_for_sale_once(database: AllDatabase) -> None:
    """In a database in which a service has only run. Filling it takes seconds, so one test looks at all."""
    async with database.writing() as unit:
        await unit.ledger_accounts.open(Account.house("capital:simulated", asset_of(Currency("BTC"))))
    made = await filled(database)
    verification = await VerifyLedger(database)()
    assert (verification.transactions, verification.fault_count) == (made.transactions, 0)
    await has_a_year_of_entries_and_balances_at_each_moment(database, made)
    await has_bitcoin_and_a_made_up_token_for_sale_from_10_usdt_on(database, made)
    with pytest.raises(NotEmpty):
        await filled(database)
    async with database.reading() as unit:
        assert {each.id for each in await unit.users.list_all()} == {each.id for each in made.users}
    assert (await VerifyLedger(database)()).transactions == made.transactions


async def has_a_year_of_entries_and_balances_at_each_moment(database: AllDatabase, made: DemoData) -> None:
    ada, _ = made.users
    times = [each.entry.header.occurred_at_us / 1e6 async for each in ListEntries(database).each(ada, None)]
    assert NOON - (DAYS + 1) * DAY < min(times) < NOON - (DAYS - 1) * DAY
    assert NOON - 3 * DAY < max(times) < NOON
    assert len({int(time // DAY) for time in times}) > DAYS - 5
    read = ReadWallets(database)
    now, then = await read.all(ada), await read.all(ada, int(NOON) - 100 * DAY)
    assert [view.wallet.name for view in then] == [view.wallet.name for view in now]
    assert all(holding.amount > 0 for view in now for holding in view.holdings)
    assert now != then


async def has_bitcoin_and_a_made_up_token_for_sale_from_10_usdt_on(database: AllDatabase, made: DemoData) -> None:
    async with database.reading() as unit:
        for_sale = await unit.clearing_assets.list()
    assert for_sale == list(made.for_sale)
    assert [(str(each.code), each.venues, each.threshold) for each in for_sale] == [
        ("ABAN", ("simulated",), Decimal(10)),
        ("BTC", ("simulated",), Decimal(10)),
    ]


@pytest.mark.parametrize("of", ["a user", "an account in the ledger", "an asset for sale"])
async def test_a_database_that_somebody_uses_is_left_alone(database: AllDatabase, of: str) -> None:
    async with database.writing() as unit:
        if of == "a user":
            await unit.users.add(user())
        elif of == "an asset for sale":
            await unit.clearing_assets.save(ClearingAsset(Currency("ETH"), ("simulated",)))
        else:
            await unit.ledger_accounts.open(account())
    with pytest.raises(NotEmpty):
        await filled(database)
    assert (await VerifyLedger(database)()).transactions == 0
