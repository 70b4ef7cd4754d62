"""Failed logins are counted by what they have in common, within a window."""

from dataclasses import replace
from uuid import uuid4

import pytest

from application.identity.ports.login_failures import Matching
from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.attempt import Attempt
from tests.unit.fakes.accounts import user
from tests.unit.fakes.clock import NOON

ONE, OTHER = uuid4(), uuid4()
HOME, ELSEWHERE = "192.0.2.1", "192.0.2.2"
ADA = Matching(account="ada")


@pytest.fixture(autouse=True)
async def three_failures(database: Database[IdentityRepositories]) -> None:
    await failed(
        database, Attempt("ada", HOME, NOON), Attempt("ada", ELSEWHERE, NOON + 2), Attempt("grace", HOME, NOON + 1)
    )


async def failed(database: Database[IdentityRepositories], *attempts: Attempt) -> None:
    async with database.writing() as work:
        for attempt in attempts:
            await work.login_failures.add(attempt)


async def times(
    database: Database[IdentityRepositories], matching: Matching, since: float = NOON - 1, limit: int = 10
) -> list[float]:
    async with database.reading() as work:
        return [at - NOON for at in await work.login_failures.list_times(matching, since, limit)]


async def test_failures_are_listed_by_account_or_by_address_newest_first(
    database: Database[IdentityRepositories],
) -> None:
    assert await times(database, ADA) == [2, 0]
    assert await times(database, Matching(account="nobody")) == []
    assert await times(database, Matching(address=HOME)) == [1, 0]
    assert await times(database, Matching(address="192.0.2.9")) == []


async def test_every_field_that_is_set_must_match(database: Database[IdentityRepositories]) -> None:
    await failed(
        database,
        Attempt("ada", HOME, NOON + 3, ONE),
        Attempt("ada", ELSEWHERE, NOON + 4, ONE),
        Attempt("ada", ELSEWHERE, NOON + 5, OTHER),
    )
    assert await times(database, Matching("ada", HOME)) == [3, 0]
    assert await times(database, Matching("ada", ELSEWHERE), NOON + 2, 1) == [5]
    assert await times(database, Matching("ada", "192.0.2.9")) == []
    assert await times(database, Matching("ada", session_id=ONE)) == [4, 3]
    assert await times(database, Matching("ada", session_id=uuid4())) == []
    assert await times(database, Matching("grace", session_id=ONE)) == []


async def test_failures_from_neighbouring_ipv6_networks_are_listed_by_the_wider_one(
    database: Database[IdentityRepositories],
) -> None:
    first, second = Attempt("ada", "2001:db8:0:1::/64", NOON + 3), Attempt("ada", "2001:db8:0:2::/64", NOON + 4)
    await failed(database, first, second, Attempt("ada", "2001:db8:1:1::/64", NOON + 5))
    assert await times(database, Matching(network="2001:db8::/48")) == [4, 3]
    assert await times(database, Matching(network="2001:db8:1::/48")) == [5]


async def test_only_the_latest_after_a_moment_are_listed(database: Database[IdentityRepositories]) -> None:
    assert await times(database, ADA, limit=1) == [2]
    assert await times(database, ADA, NOON) == [2]


async def test_failures_at_accounts_of_users_are_listed_and_no_others(
    database: Database[IdentityRepositories],
) -> None:
    in_session = Attempt("ada", HOME, NOON + 2, ONE)
    await failed(database, in_session)
    async with database.writing() as work:
        await work.users.add(user("Ada"))
    async with database.reading() as work:
        assert await work.login_failures.list_of_users(NOON) == [in_session, Attempt("ada", ELSEWHERE, NOON + 2)]


async def test_the_failures_of_an_account_are_deleted_and_no_others(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        assert await work.login_failures.delete(ADA) == 2
        assert await work.login_failures.delete(ADA) == 0
    assert await times(database, ADA) == []
    assert await times(database, Matching(address=HOME)) == [1]


async def test_failures_are_deleted_until_a_moment(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        assert await work.login_failures.delete(ADA, NOON) == 1
        assert await work.login_failures.delete(Matching("grace", HOME), NOON) == 0
    assert await times(database, ADA) == [2]


async def test_old_failures_are_deleted(database: Database[IdentityRepositories]) -> None:
    async with database.writing() as work:
        await work.login_failures.prune(NOON + 1, keep=10)
    assert await times(database, ADA) == [2]
    assert await times(database, Matching(address=HOME)) == []


async def test_of_a_flood_the_newest_are_kept(database: Database[IdentityRepositories]) -> None:
    flood = Attempt("nobody", "192.0.2.9", NOON)
    await failed(database, *(replace(flood, at=NOON + number) for number in range(20)))
    async with database.writing() as work:
        await work.login_failures.prune(NOON - 1, keep=5)
    assert await times(database, Matching(account="nobody")) == [19, 18, 17, 16, 15]
    assert await times(database, ADA) == []
