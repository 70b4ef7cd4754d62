"""API keys belong to their user only."""

from uuid import UUID, uuid4

import pytest

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.api_key import ALL_SCOPES, ApiKey
from domain.identity.user import User
from tests.unit.fakes.accounts import api_key, user
from tests.unit.fakes.clock import NOON


@pytest.fixture
async def users(database: Database[IdentityRepositories]) -> tuple[User, User]:
    ada, grace = user("Ada"), user("Grace")
    async with database.writing() as work:
        await work.users.add(ada)
        await work.users.add(grace)
    return ada, grace


async def added(database: Database[IdentityRepositories], *keys: ApiKey) -> None:
    async with database.writing() as work:
        for key in keys:
            await work.api_keys.add(key)


async def test_a_key_is_found_as_it_was_stored_with_its_user(
    database: Database[IdentityRepositories], users: tuple[User, User]
) -> None:
    ada, _ = users
    full = api_key(ada, "Schlüssel 🔑", scopes=ALL_SCOPES, created_at=NOON + 0.5, expires_at=NOON + 10.25)
    bare = api_key(ada, "none", scopes=())
    await added(database, full, bare)
    async with database.reading() as work:
        assert await work.api_keys.find(full.id) == (full, ada)
        assert await work.api_keys.find(bare.id) == (bare, ada)
        assert await work.api_keys.find(uuid4()) is None


async def test_only_a_users_own_keys_are_listed_oldest_first(
    database: Database[IdentityRepositories], users: tuple[User, User]
) -> None:
    ada, grace = users
    young, old = api_key(ada, created_at=NOON + 1), api_key(ada, created_at=NOON)
    same_moment = api_key(ada, created_at=NOON + 1, id_=UUID(int=0))
    await added(database, young, old, same_moment, api_key(grace))
    async with database.reading() as work:
        assert await work.api_keys.list_by_user(ada.id) == [old, same_moment, young]
        assert await work.api_keys.list_by_user(uuid4()) == []


async def test_a_key_is_deleted_for_its_own_user_only(
    database: Database[IdentityRepositories], users: tuple[User, User]
) -> None:
    ada, grace = users
    key = api_key(ada)
    await added(database, key)
    async with database.writing() as work:
        assert not await work.api_keys.delete(grace.id, key.id)
        assert await work.api_keys.list_by_user(ada.id) == [key]
        assert await work.api_keys.delete(ada.id, key.id)
        assert not await work.api_keys.delete(ada.id, key.id)
    async with database.reading() as work:
        assert await work.api_keys.find(key.id) is None


async def test_all_keys_of_one_user_are_deleted_and_no_others(
    database: Database[IdentityRepositories], users: tuple[User, User]
) -> None:
    ada, grace = users
    hers = api_key(grace)
    await added(database, api_key(ada), api_key(ada), hers)
    async with database.writing() as work:
        assert await work.api_keys.delete_all_of(ada.id) == 2
        assert await work.api_keys.delete_all_of(ada.id) == 0
    async with database.reading() as work:
        assert await work.api_keys.list_by_user(ada.id) == []
        assert await work.api_keys.list_by_user(grace.id) == [hers]
