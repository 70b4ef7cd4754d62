"""Lifting lockouts before they end."""

import pytest

from application.identity.unlock import Unlock
from domain.errors import NoSuchObject, TooManyRequests
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.lockout import LockScope
from domain.identity.user import Username
from tests.unit.application.identity.harness import (
    ELSEWHERE,
    HOME,
    MAX_ACCOUNT_FAILURES,
    MAX_FAILURES,
    RIGHT,
    IdentityHarness,
    most,
)

COMMAND_LINE = "command line"


@pytest.fixture
def unlock(identity: IdentityHarness) -> Unlock:
    return Unlock(database=identity.database, clock=identity.clock)


async def is_locked(identity: IdentityHarness, address: str) -> bool:
    try:
        await identity.login(RIGHT, "ada", address)
    except TooManyRequests:
        return True
    return False


async def test_an_unlocked_account_accepts_its_password_everywhere(identity: IdentityHarness, unlock: Unlock) -> None:
    for number in range(MAX_ACCOUNT_FAILURES // MAX_FAILURES):
        await identity.fail_to_login(MAX_FAILURES, "ada", f"203.0.113.{number}")
    assert await is_locked(identity, HOME)
    assert await unlock.account(username=Username("ADA"), address=COMMAND_LINE) == identity.ada
    assert not await is_locked(identity, HOME)
    assert not await is_locked(identity, "203.0.113.0")
    events = [event for event in identity.database.rows.audit_events if event.action is AuditAction.UNLOCK]
    assert [(event.outcome, event.who, event.address) for event in events] == [(AuditOutcome.DONE, "Ada", COMMAND_LINE)]


async def test_an_unlocked_address_accepts_everyone_and_its_neighbours(
    identity: IdentityHarness, unlock: Unlock
) -> None:
    address = "2001:db8:0:{}::/64"
    for number in range(most(LockScope.NETWORK)):
        await identity.fail_to_login(1, f"somebody-{number}", address.format(number))
    assert await is_locked(identity, address.format(1))
    assert await is_locked(identity, address.format("ffff"))
    forgotten = await unlock.address(unlocked=address.format(1), address=COMMAND_LINE)
    assert forgotten == most(LockScope.NETWORK)
    assert not await is_locked(identity, address.format("ffff"))
    assert identity.database.rows.audit_events[-2].detail == address.format(1)


async def test_other_addresses_stay_locked(identity: IdentityHarness, unlock: Unlock) -> None:
    await identity.fail_to_login(MAX_FAILURES, "ada", HOME)
    await unlock.address(unlocked=ELSEWHERE, address=COMMAND_LINE)
    assert await is_locked(identity, HOME)


async def test_an_unknown_user_cannot_be_unlocked(unlock: Unlock) -> None:
    with pytest.raises(NoSuchObject, match="there is no user Grace"):
        await unlock.account(username=Username("Grace"), address=COMMAND_LINE)
