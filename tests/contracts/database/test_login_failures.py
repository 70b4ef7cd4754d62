"""Failed logins are counted by account and by address, within a window."""

from uuid import uuid4

import pytest

from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from tests.unit.fakes.clock import NOON


@pytest.fixture(autouse=True)
async def three_failures(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        await work.login_failures.add("ada", "192.0.2.1", NOON)
        await work.login_failures.add("ada", "192.0.2.2", NOON + 2)
        await work.login_failures.add("grace", "192.0.2.1", NOON + 1)


async def test_failures_of_an_account_are_listed_newest_first(database: Database[IdentityRepositories]) -> None:
    async with database.reading() as work:
        assert await work.login_failures.list_by_account("ada", NOON - 1, 10) == [NOON + 2, NOON]
        assert await work.login_failures.list_by_account("nobody", NOON - 1, 10) == []


async def test_failures_from_an_address_are_listed_newest_first(database: Database[IdentityRepositories]) -> None:
    async with database.reading() as work:
        assert await work.login_failures.list_by_address("192.0.2.1", NOON - 1, 10) == [NOON + 1, NOON]
        assert await work.login_failures.list_by_address("192.0.2.9", NOON - 1, 10) == []


async def test_failures_of_an_account_from_an_address_or_in_a_session_are_listed_newest_first(
    database: Database[IdentityRepositories],
) -> None:
    one, other = uuid4(), uuid4()
    async with database.writing() as work:
        await work.login_failures.add("ada", "192.0.2.1", NOON + 3, one)
        await work.login_failures.add("ada", "192.0.2.2", NOON + 4, one)
        await work.login_failures.add("ada", "192.0.2.2", NOON + 5, other)
    async with database.reading() as work:
        failures = work.login_failures
        assert await failures.list_by_account_and_address("ada", "192.0.2.1", NOON - 1, 10) == [NOON + 3, NOON]
        assert await failures.list_by_account_and_address("ada", "192.0.2.2", NOON + 2, 1) == [NOON + 5]
        assert await failures.list_by_account_and_address("ada", "192.0.2.9", NOON - 1, 10) == []
        assert await failures.list_by_session("ada", one, NOON - 1, 10) == [NOON + 4, NOON + 3]
        assert await failures.list_by_session("ada", uuid4(), NOON - 1, 10) == []
        assert await failures.list_by_session("grace", one, NOON - 1, 10) == []


async def test_the_failures_of_an_account_are_deleted_and_no_others(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        await work.login_failures.delete_all_of("ada")
    async with database.reading() as work:
        assert await work.login_failures.list_by_account("ada", 0, 10) == []
        assert await work.login_failures.list_by_address("192.0.2.1", 0, 10) == [NOON + 1]


async def test_only_the_latest_after_a_moment_are_listed(database: Database[IdentityRepositories]) -> None:
    async with database.reading() as work:
        assert await work.login_failures.list_by_account("ada", NOON - 1, 1) == [NOON + 2]
        assert await work.login_failures.list_by_account("ada", NOON, 10) == [NOON + 2]


async def test_old_failures_are_deleted(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        await work.login_failures.delete_older_than(NOON + 1)
    async with database.reading() as work:
        assert await work.login_failures.list_by_account("ada", 0, 10) == [NOON + 2]
        assert await work.login_failures.list_by_address("192.0.2.1", 0, 10) == []
