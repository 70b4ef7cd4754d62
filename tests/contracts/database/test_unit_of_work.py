"""A unit of work is committed as a whole, or not at all."""

import asyncio
from contextlib import suppress
from decimal import Decimal

import pytest

from application.ports.database import Database
from application.quotes.ports.quote_repository import QuoteFilter
from application.quotes.quota_plan import CallCount
from domain.identity.errors import InvalidCredentials, UsernameTaken
from domain.identity.user import User
from domain.pair import Pair
from domain.quotes.quote import Quote
from tests.contracts.database.repositories import AllRepositories
from tests.unit.fakes.accounts import api_key, session, user
from tests.unit.fakes.clock import NOON

BTC_USD = Pair.parse("BTC/USD")


async def stored_users(database: Database[AllRepositories]) -> list[User]:
    async with database.reading() as work:
        return await work.users.list_all()


async def test_a_check_is_answered(database: Database[AllRepositories]) -> None:
    assert await stored_users(database) == []  # by now it is open
    assert await database.check()


async def test_a_check_of_writing_changes_nothing(database: Database[AllRepositories]) -> None:
    ada = user()
    async with database.writing() as work:
        await work.users.add(ada)
    await database.check_writing()
    assert await stored_users(database) == [ada]


async def test_changes_are_there_afterwards(database: Database[AllRepositories]) -> None:
    ada = user()
    async with database.writing() as work:
        await work.users.add(ada)
    assert await stored_users(database) == [ada]


async def test_only_the_unit_itself_sees_its_changes_before_it_ends(
    database: Database[AllRepositories],
) -> None:
    ada = user()
    async with database.writing() as work:
        await work.users.add(ada)
        assert await work.users.list_all() == [ada]
        assert await stored_users(database) == []
    assert await stored_users(database) == [ada]


async def test_a_unit_that_raises_changes_nothing(database: Database[AllRepositories]) -> None:
    ada = user()

    async def fails() -> None:
        async with database.writing() as work:
            await work.users.add(ada)
            await work.sessions.add(session(ada))
            raise RuntimeError("half way through")

    with pytest.raises(RuntimeError, match="half way"):
        await fails()
    assert await stored_users(database) == []


async def change_every_feature(work: AllRepositories) -> None:
    await work.users.add(user("Ada"))
    await work.quotes.add(Quote(BTC_USD, Decimal(1), "first", int(NOON)), int(NOON))
    await work.call_counts.lock("first")
    await work.call_counts.save("first", CallCount(used=1))
    assert await work.leases.acquire("a name", "Ada", NOON, NOON + 10)


async def what_is_there(database: Database[AllRepositories]) -> tuple[int, int, int, bool]:
    """Count users, quotes and calls, and tell whether the lease is taken, without changing anything."""
    async with database.reading() as work:
        users, quotes = await work.users.list_all(), await work.quotes.list_page(QuoteFilter(), None, 10)
    with suppress(Undone):
        async with database.writing() as work:
            calls = await work.call_counts.lock("first")
            is_taken = not await work.leases.acquire("a name", "Grace", NOON + 5, NOON + 10)
            raise Undone
    return len(users), len(quotes), calls.used, is_taken


class Undone(Exception):
    """Rolls a unit of work back."""


async def test_changes_of_several_features_are_committed_together(database: Database[AllRepositories]) -> None:
    async with database.writing() as work:
        await change_every_feature(work)
    assert await what_is_there(database) == (1, 1, 1, True)


async def test_changes_of_several_features_are_rolled_back_together(database: Database[AllRepositories]) -> None:
    async def fails() -> None:
        async with database.writing() as work:
            await change_every_feature(work)
            raise Undone

    with pytest.raises(Undone):
        await fails()
    assert await what_is_there(database) == (0, 0, 0, False)


async def test_a_change_that_one_feature_rejects_rolls_back_those_of_the_others(
    database: Database[AllRepositories],
) -> None:
    async def fails() -> None:
        async with database.writing() as work:
            await change_every_feature(work)
            await work.sessions.add(session(user("Nobody")))

    with pytest.raises(InvalidCredentials):
        await fails()
    assert await what_is_there(database) == (0, 0, 0, False)


async def test_a_unit_continues_after_a_rejected_change(database: Database[AllRepositories]) -> None:
    ada, other = user("Ada"), user("Grace")
    async with database.writing() as work:
        await work.users.add(ada)
        with pytest.raises(UsernameTaken):
            await work.users.add(user("ADA"))
        await work.users.add(other)
    assert await stored_users(database) == [ada, other]


async def test_simultaneous_writing_units_are_all_committed(database: Database[AllRepositories]) -> None:
    async def write(number: int) -> None:
        async with database.writing() as work:
            await work.users.list_all()  # reading first makes simultaneous writers fail unless they queue
            await work.users.add(user(f"user{number}"))

    await asyncio.gather(*map(write, range(20)))
    assert len(await stored_users(database)) == 20


async def test_nothing_is_stored_for_a_user_who_no_longer_exists(database: Database[AllRepositories]) -> None:
    ada = user("Ada")
    async with database.writing() as work:
        with pytest.raises(InvalidCredentials):
            await work.sessions.add(session(ada))
        with pytest.raises(InvalidCredentials):
            await work.api_keys.add(api_key(ada))
    assert await stored_users(database) == []
