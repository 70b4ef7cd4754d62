"""A name has one holder at a time, until the lease ends."""

import asyncio

import pytest

from application.concurrency.ports.leases import CLOCK_TOLERANCE_SECONDS
from application.concurrency.ports.repositories import LeaseRepositories
from application.ports.database import Database
from tests.unit.fakes.clock import NOON

LONGEST_NAME = "record:" + "币" * 20 + "/" + "币" * 20 + ":1714302000"


async def taken(
    database: Database[LeaseRepositories], name: str, holder: str, now: float = NOON, seconds: float = 60
) -> bool:
    async with database.writing() as work:
        return await work.leases.acquire(name, holder, now, now + seconds)


async def given_up(database: Database[LeaseRepositories], name: str, holder: str) -> None:
    async with database.writing() as work:
        await work.leases.release(name, holder)


async def test_a_lease_is_held_until_it_ends_or_is_released(database: Database[LeaseRepositories]) -> None:
    async def is_held(name: str, now: float) -> bool:
        async with database.reading() as work:
            return await work.leases.is_held(name, now)

    assert await taken(database, "a", "one")
    assert [await is_held("a", NOON + 59), await is_held("a", NOON + 60), await is_held("b", NOON)] == [
        True,
        False,
        False,
    ]
    assert not await is_held("a", NOON - CLOCK_TOLERANCE_SECONDS - 1)
    await given_up(database, "a", "one")
    assert not await is_held("a", NOON)


async def test_a_name_is_leased_once(database: Database[LeaseRepositories]) -> None:
    assert await taken(database, "a", "one")
    assert not await taken(database, "a", "other")
    assert not await taken(database, "a", "one")
    assert await taken(database, "b", "other")


async def test_a_released_name_is_free(database: Database[LeaseRepositories]) -> None:
    await taken(database, "a", "one")
    await given_up(database, "a", "one")
    assert await taken(database, "a", "other")


async def test_releasing_a_lease_that_is_not_held_does_nothing(database: Database[LeaseRepositories]) -> None:
    await given_up(database, "a", "one")
    assert await taken(database, "a", "other")
    await given_up(database, "a", "one")
    assert not await taken(database, "a", "one")


async def test_a_lease_expires_and_the_next_holder_has_it_as_long(database: Database[LeaseRepositories]) -> None:
    await taken(database, "a", "killed")
    assert not await taken(database, "a", "other", NOON + 59.9)
    assert await taken(database, "a", "other", NOON + 60)
    await given_up(database, "a", "killed")
    assert not await taken(database, "a", "third", NOON + 119.9)
    assert await taken(database, "a", "third", NOON + 120)


async def test_a_lease_from_a_clock_that_was_set_back_is_void(database: Database[LeaseRepositories]) -> None:
    await taken(database, "a", "ahead", NOON + CLOCK_TOLERANCE_SECONDS, 3600)
    assert not await taken(database, "a", "other", NOON), "clocks may differ by so much"
    assert await taken(database, "a", "other", NOON - 1)


@pytest.mark.parametrize("attempt", range(3))
async def test_one_of_many_simultaneous_holders_gets_it(database: Database[LeaseRepositories], attempt: int) -> None:
    now = NOON + attempt
    if attempt:
        await taken(database, "a", "killed", now - 60)  # a name never leased, and one whose lease has expired
    outcomes = await asyncio.gather(*(taken(database, "a", f"holder{number}", now) for number in range(20)))
    assert sorted(outcomes) == [False] * 19 + [True]


async def test_a_lease_taken_in_a_unit_that_fails_is_rolled_back(database: Database[LeaseRepositories]) -> None:
    async def fails() -> None:
        async with database.writing() as work:
            assert await work.leases.acquire("a", "one", NOON, NOON + 60)
            raise RuntimeError("half way through")

    with pytest.raises(RuntimeError, match="half way"):
        await fails()
    assert await taken(database, "a", "other")


async def test_only_expired_leases_are_deleted(database: Database[LeaseRepositories]) -> None:
    await taken(database, "ended", "one", NOON, 60)
    await taken(database, "lasts", "one", NOON, 61)
    async with database.writing() as work:
        await work.leases.delete_expired(NOON + 60)
    assert not await taken(database, "lasts", "other", NOON)
    assert await taken(database, "ended", "other", NOON)


async def test_the_name_of_any_pair_and_hour_fits(database: Database[LeaseRepositories]) -> None:
    assert await taken(database, LONGEST_NAME, "f" * 32)
    assert not await taken(database, LONGEST_NAME, "other")
