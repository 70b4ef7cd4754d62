"""Addresses of successful logins are known for a while, a few for each user."""

import asyncio

import pytest

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.user import User
from tests.unit.fakes.accounts import user
from tests.unit.fakes.clock import NOON

HOME, OFFICE, TRAIN = "192.0.2.1", "192.0.2.2", "2001:db8::/64"


@pytest.fixture
async def ada(database: Database[IdentityRepositories]) -> User:
    ada = user("Ada")
    async with database.writing() as work:
        await work.users.add(ada)
    return ada


async def add(database: Database[IdentityRepositories], of: User, address: str, at: float, keep: int = 9) -> None:
    async with database.writing() as work:
        await work.known_addresses.add(of.id, address, at, keep)


async def known(database: Database[IdentityRepositories], account: str = "ada", since: float = NOON) -> list[str]:
    async with database.reading() as work:
        return [
            address for address in (HOME, OFFICE, TRAIN) if await work.known_addresses.is_known(account, address, since)
        ]


async def test_an_address_is_known_for_its_user_after_the_moment_of_the_last_login_there(
    database: Database[IdentityRepositories], ada: User
) -> None:
    await add(database, ada, HOME, NOON + 1)
    await add(database, ada, TRAIN, NOON + 1)
    assert await known(database) == [HOME, TRAIN]
    assert await known(database, "grace") == []
    assert await known(database, since=NOON + 1) == []
    await add(database, ada, HOME, NOON + 2)
    assert await known(database, since=NOON + 1) == [HOME]


async def test_the_oldest_addresses_beyond_those_to_keep_are_deleted_and_only_the_users_own(
    database: Database[IdentityRepositories], ada: User
) -> None:
    grace = user("Grace")
    async with database.writing() as work:
        await work.users.add(grace)
    await add(database, grace, HOME, NOON + 1)
    await add(database, ada, OFFICE, NOON + 1)
    await add(database, ada, HOME, NOON + 2)
    await add(database, ada, TRAIN, NOON + 3, keep=2)
    assert await known(database) == [HOME, TRAIN]
    assert await known(database, "grace") == [HOME]
    async with database.writing() as work:
        await work.known_addresses.delete_all_of(ada.id)
    assert await known(database) == []
    assert await known(database, "grace") == [HOME]


async def test_deleting_a_user_deletes_their_addresses(database: Database[IdentityRepositories], ada: User) -> None:
    await add(database, ada, HOME, NOON + 1)
    async with database.writing() as work:
        await work.users.delete(ada.id)
    again = user("Ada")
    async with database.writing() as work:
        await work.users.add(again)
    assert await known(database) == []


async def test_simultaneous_logins_from_one_address_store_it_once(
    database: Database[IdentityRepositories], ada: User
) -> None:
    await asyncio.gather(*(add(database, ada, HOME, NOON + 1 + number / 10) for number in range(10)))
    assert await known(database) == [HOME]
