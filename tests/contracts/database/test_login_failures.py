"""Failed logins are counted by account and by address, within a window."""

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


async def test_failures_at_an_account_are_told_from_the_newest(database: Database[IdentityRepositories]) -> None:
    async with database.reading() as work:
        assert await work.login_failures.list_by_account("ada", NOON - 1, 10) == [NOON + 2, NOON]
        assert await work.login_failures.list_by_account("nobody", NOON - 1, 10) == []


async def test_failures_from_an_address_are_told_from_the_newest(database: Database[IdentityRepositories]) -> None:
    async with database.reading() as work:
        assert await work.login_failures.list_by_address("192.0.2.1", NOON - 1, 10) == [NOON + 1, NOON]
        assert await work.login_failures.list_by_address("192.0.2.9", NOON - 1, 10) == []


async def test_only_so_many_are_told_and_only_those_after_the_moment(database: Database[IdentityRepositories]) -> None:
    async with database.reading() as work:
        assert await work.login_failures.list_by_account("ada", NOON - 1, 1) == [NOON + 2]
        assert await work.login_failures.list_by_account("ada", NOON, 10) == [NOON + 2]


async def test_what_is_old_is_forgotten(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        await work.login_failures.delete_older_than(NOON + 1)
    async with database.reading() as work:
        assert await work.login_failures.list_by_account("ada", 0, 10) == [NOON + 2]
        assert await work.login_failures.list_by_address("192.0.2.1", 0, 10) == []
