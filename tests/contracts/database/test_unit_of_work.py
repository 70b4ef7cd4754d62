"""All of a unit of work is kept, or nothing of it."""

import asyncio

import pytest

from application.ports.database import Database
from domain.identity.errors import InvalidCredentials, UsernameTaken
from domain.identity.user import User
from tests.unit.fakes.accounts import api_key, session, user


async def kept(database: Database) -> list[User]:
    async with database.reading() as work:
        return await work.users.listed()


async def test_it_answers_when_asked_whether_it_does(database: Database) -> None:
    assert await kept(database) == []  # by now it is open
    assert await database.check()


async def test_what_is_written_is_there_afterwards(database: Database) -> None:
    ada = user()
    async with database.writing() as work:
        await work.users.add(ada)
    assert await kept(database) == [ada]


async def test_a_unit_sees_its_own_changes_and_nobody_else_does_before_it_is_left(database: Database) -> None:
    ada = user()
    async with database.writing() as work:
        await work.users.add(ada)
        assert await work.users.listed() == [ada]
        assert await kept(database) == []
    assert await kept(database) == [ada]


async def test_nothing_of_a_unit_that_an_error_ends_is_kept(database: Database) -> None:
    ada = user()

    async def fails() -> None:
        async with database.writing() as work:
            await work.users.add(ada)
            await work.sessions.add(session(ada))
            raise RuntimeError("half way through")

    with pytest.raises(RuntimeError, match="half way"):
        await fails()
    assert await kept(database) == []


async def test_a_unit_goes_on_after_what_it_was_refused(database: Database) -> None:
    ada, other = user("Ada"), user("Grace")
    async with database.writing() as work:
        await work.users.add(ada)
        with pytest.raises(UsernameTaken):
            await work.users.add(user("ADA"))
        await work.users.add(other)
    assert await kept(database) == [ada, other]


async def test_units_that_write_at_once_are_all_kept(database: Database) -> None:
    async def write(number: int) -> None:
        async with database.writing() as work:
            await work.users.listed()  # reading first is what makes writers fail where they do not take turns
            await work.users.add(user(f"user{number}"))

    await asyncio.gather(*map(write, range(20)))
    assert len(await kept(database)) == 20


async def test_nothing_is_kept_for_a_user_who_is_not_there_any_more(database: Database) -> None:
    ada = user("Ada")
    async with database.writing() as work:
        with pytest.raises(InvalidCredentials):
            await work.sessions.add(session(ada))
        with pytest.raises(InvalidCredentials):
            await work.api_keys.add(api_key(ada))
    assert await kept(database) == []
