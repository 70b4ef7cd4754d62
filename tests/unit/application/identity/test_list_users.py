"""Listing all users, and what locks their accounts."""

from application.identity.list_users import ListedUser, ListUsers
from domain.identity.lockout import Lockout, LockScope
from domain.identity.user import Username
from tests.unit.application.identity.harness import (
    ELSEWHERE,
    HOME,
    MAX_ACCOUNT_FAILURES,
    MAX_FAILURES,
    MINUTES_15,
    RIGHT,
    IdentityHarness,
)
from tests.unit.fakes.clock import NOON


async def listed(identity: IdentityHarness) -> list[ListedUser]:
    return await ListUsers(database=identity.database, clock=identity.clock)()


async def test_all_users_are_listed_oldest_first(identity: IdentityHarness) -> None:
    identity.clock.advance(-1)
    grace = await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    assert await listed(identity) == [ListedUser(grace), ListedUser(identity.ada)]


async def test_a_lockout_is_listed_while_it_lasts(identity: IdentityHarness) -> None:
    await identity.fail_to_login(MAX_FAILURES - 1, "ada", HOME)
    await identity.fail_to_login(MAX_FAILURES, "ADA", ELSEWHERE)
    here = Lockout(LockScope.ACCOUNT_AT_ADDRESS, NOON + MINUTES_15, ELSEWHERE)
    assert (await listed(identity))[0].lockouts == (here,)
    for number in range(MAX_ACCOUNT_FAILURES - 2 * MAX_FAILURES + 1):
        await identity.fail_to_login(1, "ada", f"203.0.113.{number}")
    everywhere = Lockout(LockScope.ACCOUNT, NOON + MINUTES_15)
    assert set((await listed(identity))[0].lockouts) == {everywhere, here}
    identity.clock.advance(MINUTES_15)
    assert (await listed(identity))[0].lockouts == ()
