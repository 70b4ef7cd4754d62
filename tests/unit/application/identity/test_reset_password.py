"""Giving a user another password."""

import pytest

from application.identity.reset_password import ResetPassword
from domain.errors import NoSuchObject, TooManyRequests
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials, UnsuitablePassword
from domain.identity.revoked import Revoked
from domain.identity.user import Password, Username
from tests.unit.application.identity.harness import MAX_FAILURES, RIGHT, IdentityHarness
from tests.unit.fakes.accounts import api_key

NEW = Password("another password")
COMMAND_LINE = "command line"


@pytest.fixture
def reset(identity: IdentityHarness) -> ResetPassword:
    return ResetPassword(database=identity.database, hasher=identity.hasher, clock=identity.clock)


async def test_only_the_new_password_signs_in_and_sessions_and_keys_are_revoked(
    identity: IdentityHarness, reset: ResetPassword
) -> None:
    key = api_key(identity.ada)
    identity.database.rows.api_keys[key.id] = key
    await identity.login()
    changed, revoked = await reset(username=Username("ada"), password=NEW, address=COMMAND_LINE)
    assert (changed, revoked) == (identity.ada, Revoked(sessions=1, api_keys=1))
    assert identity.database.rows.sessions == {}
    assert identity.database.rows.api_keys == {}
    assert identity.database.rows.audit_events[-1].detail == "sessions ended: 1, API keys deleted: 1"
    assert identity.audit_log[-1] == (AuditAction.RESET_PASSWORD, AuditOutcome.DONE)
    with pytest.raises(InvalidCredentials):
        await identity.login(RIGHT)
    await identity.login(NEW)


async def test_a_reset_lifts_lockouts_and_forgets_known_addresses(
    identity: IdentityHarness, reset: ResetPassword
) -> None:
    await identity.login()
    await identity.fail_to_login(MAX_FAILURES)
    with pytest.raises(TooManyRequests):
        await identity.login()
    await reset(username=Username("ada"), password=NEW, address=COMMAND_LINE)
    assert identity.database.rows.known_addresses == {}
    await identity.login(NEW)


async def test_a_user_stays_disabled(identity: IdentityHarness, reset: ResetPassword) -> None:
    identity.disable_ada()
    user, _ = await reset(username=Username("ada"), password=NEW, address=COMMAND_LINE)
    assert user.is_disabled


async def test_an_unknown_user_gets_no_password(identity: IdentityHarness, reset: ResetPassword) -> None:
    with pytest.raises(NoSuchObject, match="there is no user Grace"):
        await reset(username=Username("Grace"), password=NEW, address=COMMAND_LINE)
    assert len(identity.database.rows.users) == 1


@pytest.mark.parametrize("text", [RIGHT.text, "password", "ada-2026"])
async def test_neither_the_current_nor_a_common_password_is_set(
    identity: IdentityHarness, reset: ResetPassword, text: str
) -> None:
    before = identity.ada
    with pytest.raises(UnsuitablePassword):
        await reset(username=Username("ADA"), password=Password(text), address=COMMAND_LINE)
    assert identity.ada == before
