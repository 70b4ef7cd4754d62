"""Users are stored for good, and found by name in any case."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from application.identity.ports.repositories import IdentityRepositories
from application.identity.ports.users import UserPosition
from application.ports.database import Database
from domain.currency import Currency
from domain.identity.errors import UsernameTaken
from domain.identity.user import Role, User, Username
from tests.unit.fakes.accounts import api_key, session, user
from tests.unit.fakes.clock import NOON


async def added(database: Database[IdentityRepositories], *users: User) -> None:
    async with database.writing() as work:
        for each in users:
            await work.users.add(each)


async def test_a_user_is_found_as_stored(database: Database[IdentityRepositories]) -> None:
    ada = user("Ada.Lovelace@example-1", created_at=NOON + 0.123456, role=Role.ADMIN)
    await added(database, ada)
    async with database.reading() as work:
        assert await work.users.find_by_name("Ada.Lovelace@example-1") == ada


async def test_a_user_is_found_by_the_name_in_any_case(database: Database[IdentityRepositories]) -> None:
    ada = user("Ada")
    await added(database, ada, user("Adam"))
    async with database.reading() as work:
        assert [await work.users.find_by_name(name) for name in ("ada", "ADA", "aDa")] == [ada] * 3
        assert await work.users.find_by_name("Ad") is None


@pytest.mark.parametrize("name", ["Ada", "ada", "ADA"])
async def test_a_name_is_taken_whatever_the_case(database: Database[IdentityRepositories], name: str) -> None:
    await added(database, user("Ada"))
    with pytest.raises(UsernameTaken):
        await added(database, user(name))


async def test_one_of_many_simultaneous_registrations_gets_the_name(database: Database[IdentityRepositories]) -> None:
    tries = [added(database, user(name)) for name in ("ada", "Ada", "ADA", "aDA", "adA")]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(each) for each in ended].count(UsernameTaken) == 4
    async with database.reading() as work:
        assert len(await work.users.list_all()) == 1


async def test_saving_updates_only_what_may_change(database: Database[IdentityRepositories]) -> None:
    ada = user("Ada")
    await added(database, ada)
    changed = replace(ada, role=Role.ADMIN, password_hash="another", is_disabled=True)  # noqa: S106 -- a hash
    async with database.writing() as work:
        await work.users.save(replace(changed, name=Username("Grace"), created_at=0.0))
    async with database.reading() as work:
        assert await work.users.list_all() == [changed]


async def test_the_default_currency_is_kept_whatever_else_changes(database: Database[IdentityRepositories]) -> None:
    ada = user("Ada")
    await added(database, ada)
    async with database.writing() as work:
        await work.users.set_default_to(ada.id, Currency("EUR"))
        await work.users.set_default_to(uuid4(), Currency("JPY"))
        await work.users.save(replace(ada, role=Role.ADMIN))
    async with database.reading() as work:
        (found,) = await work.users.list_all()
        assert (found.default_to, found.role) == ("EUR", Role.ADMIN)
    async with database.writing() as work:
        await work.users.set_default_to(ada.id, None)
        (found,) = await work.users.list_all()
        assert found.default_to is None


async def test_saving_an_unknown_user_does_nothing(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        await work.users.save(user())
        assert await work.users.list_all() == []


async def test_users_are_listed_oldest_first(database: Database[IdentityRepositories]) -> None:
    young, old = user("young", created_at=NOON + 1), user("old", created_at=NOON)
    await added(database, young, old)
    async with database.reading() as work:
        assert await work.users.list_all() == [old, young]


async def test_pages_together_have_every_user_once(database: Database[IdentityRepositories]) -> None:
    users = [user(f"user-{number}", created_at=NOON + number // 3 + 0.123456) for number in range(8)]
    await added(database, *users)
    seen, after = [], None
    async with database.reading() as work:
        while page := await work.users.list_page(after, 3):
            seen += page
            after = UserPosition.of(page[-1])
    assert seen == sorted(users, key=UserPosition.of)


async def test_deleting_a_user_deletes_what_is_theirs_and_nothing_else(
    database: Database[IdentityRepositories],
) -> None:
    ada, grace = user("Ada"), user("Grace")
    await added(database, ada, grace)
    theirs, others = session(ada), session(grace)
    their_key, others_key = api_key(ada), api_key(grace)
    async with database.writing() as work:
        for each in (theirs, others):
            await work.sessions.add(each)
        for key in (their_key, others_key):
            await work.api_keys.add(key)
    async with database.writing() as work:
        await work.users.delete(ada.id)
    async with database.reading() as work:
        assert await work.users.find_by_name("Ada") is None
        assert (await work.sessions.find(theirs.id), await work.api_keys.find(their_key.id)) == (None, None)
        assert await work.sessions.find(others.id) == (others, grace)
        assert await work.api_keys.find(others_key.id) == (others_key, grace)


async def test_the_name_of_a_deleted_user_is_free_again(database: Database[IdentityRepositories]) -> None:
    ada, next_ada = user("Ada"), user("ada")
    await added(database, ada)
    async with database.writing() as work:
        await work.users.delete(ada.id)
        await work.users.delete(ada.id)
        await work.users.add(next_ada)
    async with database.reading() as work:
        assert await work.users.list_all() == [next_ada]
