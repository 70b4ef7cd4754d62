"""Wallets have names that are unique for their owner, and currencies that are unique in the wallet."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from application.ports.database import Database
from domain.currency import Currency
from domain.identity.user import User
from domain.wallets.errors import CurrencyAlreadyThere, WalletNameTaken
from domain.wallets.wallet import Wallet, WalletCurrency, WalletName
from tests.contracts.database.repositories import AllRepositories
from tests.unit.fakes.accounts import user as user_called
from tests.unit.fakes.clock import NOON

AllDatabase = Database[AllRepositories]


async def owner(database: AllDatabase, name: str = "ada") -> User:
    user = user_called(name)
    async with database.writing() as unit:
        await unit.users.add(user)
    return user


async def wallet_of(database: AllDatabase, user: User, name: str = "Savings", created_at: float = NOON) -> Wallet:
    wallet = Wallet(uuid4(), user.id, WalletName(name), created_at)
    async with database.writing() as unit:
        await unit.wallets.add(wallet)
    return wallet


async def currency_of(database: AllDatabase, wallet: Wallet, code: str = "BTC") -> WalletCurrency:
    currency = WalletCurrency(uuid4(), wallet.id, Currency(code))
    async with database.writing() as unit:
        await unit.wallets.add_currency(currency)
    return currency


async def delete(database: AllDatabase, wallet: Wallet, at: float = NOON) -> Wallet:
    deleted = replace(wallet, deleted_at=at)
    async with database.writing() as unit:
        await unit.wallets.save(deleted)
    return deleted


async def test_a_wallet_is_found_as_it_was_stored_by_its_owner_only(database: AllDatabase) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    wallet = await wallet_of(database, ada, "Grüße 100%")
    async with database.writing() as unit:
        assert await unit.wallets.find(ada.id, wallet.id) == wallet
        assert await unit.wallets.find(ada.id, wallet.id, for_change=True) == wallet
        assert await unit.wallets.find(grace.id, wallet.id) is None
        assert await unit.wallets.find(ada.id, uuid4()) is None


async def test_wallets_are_listed_oldest_first(database: AllDatabase) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    later, earlier = await wallet_of(database, ada, "b", NOON), await wallet_of(database, ada, "a", NOON - 1)
    await wallet_of(database, grace)
    async with database.reading() as unit:
        assert await unit.wallets.list_by_user(ada.id) == [earlier, later]


@pytest.mark.parametrize(("first", "second"), [("Savings", "sAVINGS"), ("STRASSE", "straße"), ("É", "e\u0301")])
async def test_a_name_is_had_once_whatever_its_case(database: AllDatabase, first: str, second: str) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    mine = await wallet_of(database, ada, first)
    with pytest.raises(WalletNameTaken):
        await wallet_of(database, ada, second)
    other = await wallet_of(database, ada, "Other")
    with pytest.raises(WalletNameTaken):
        async with database.writing() as unit:
            await unit.wallets.save(replace(other, name=WalletName(second)))
    await wallet_of(database, grace, second)
    async with database.reading() as unit:
        assert await unit.wallets.list_by_name(ada.id, WalletName(second)) == [mine]


async def test_a_wallet_may_change_the_case_of_its_own_name(database: AllDatabase) -> None:
    ada = await owner(database)
    renamed = replace(await wallet_of(database, ada), name=WalletName("SAVINGS"))
    async with database.writing() as unit:
        await unit.wallets.save(renamed)
    async with database.reading() as unit:
        assert await unit.wallets.find(ada.id, renamed.id) == renamed


async def test_the_name_of_a_deleted_wallet_is_free_and_still_leads_to_it(database: AllDatabase) -> None:
    ada = await owner(database)
    first = await delete(database, await wallet_of(database, ada), NOON + 1)
    second = await delete(database, await wallet_of(database, ada), NOON + 2)
    async with database.reading() as unit:
        assert await unit.wallets.list_by_name(ada.id, WalletName("savings")) == [second, first]
        assert await unit.wallets.list_by_user(ada.id) == []
        assert {each.id for each in await unit.wallets.list_by_user(ada.id, even_deleted=True)} == {first.id, second.id}
        assert await unit.wallets.find(ada.id, first.id) is None
    third = await wallet_of(database, ada)
    async with database.reading() as unit:
        assert await unit.wallets.list_by_name(ada.id, WalletName("savings")) == [third, second, first]


async def test_a_currency_is_in_a_wallet_once(database: AllDatabase) -> None:
    ada = await owner(database)
    wallet, other = await wallet_of(database, ada), await wallet_of(database, ada, "other")
    await currency_of(database, wallet)
    await currency_of(database, other)
    with pytest.raises(CurrencyAlreadyThere):
        await currency_of(database, wallet)


async def test_currencies_are_listed_by_code(database: AllDatabase) -> None:
    ada = await owner(database)
    wallet, other = await wallet_of(database, ada), await wallet_of(database, ada, "other")
    euro, bitcoin = await currency_of(database, wallet, "EUR"), await currency_of(database, wallet, "BTC")
    await currency_of(database, other, "ETH")
    async with database.reading() as unit:
        assert await unit.wallets.list_currencies([wallet.id]) == [bitcoin, euro]
        assert len(await unit.wallets.list_currencies([wallet.id, other.id])) == 3
        assert await unit.wallets.list_currencies([]) == []


async def test_a_currency_is_found_by_its_owner_until_its_wallet_is_deleted(database: AllDatabase) -> None:
    ada, grace = await owner(database), await owner(database, "grace")
    wallet = await wallet_of(database, ada)
    currency = await currency_of(database, wallet)

    async def found(user_id: UUID) -> WalletCurrency | None:
        async with database.reading() as unit:
            return await unit.wallets.find_currency(user_id, currency.id)

    assert await found(ada.id) == currency
    assert await found(grace.id) is None
    await delete(database, wallet)
    assert await found(ada.id) is None
    async with database.reading() as unit:
        assert await unit.wallets.list_currencies([wallet.id]) == [currency]
