"""Giving one's password again, for what takes a recent one."""

import pytest

from application.identity.confirm_password import ConfirmPassword
from domain.errors import TooManyRequests
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials, NotAllowed, PasswordNeeded, WrongPassword
from domain.identity.session import RECENT_PASSWORD_SECONDS
from tests.unit.application.identity.harness import HOME, MAX_FAILURES, RIGHT, WRONG, IdentityHarness
from tests.unit.fakes.clock import NOON


@pytest.fixture
def confirm(identity: IdentityHarness) -> ConfirmPassword:
    return ConfirmPassword(database=identity.database, verify=identity.verify, clock=identity.clock)


async def test_a_confirmed_password_is_recent_for_five_minutes_in_its_session_only(
    identity: IdentityHarness, confirm: ConfirmPassword
) -> None:
    tokens, other = await identity.login(), await identity.login()
    identity.clock.advance(RECENT_PASSWORD_SECONDS)
    caller = await identity.authenticate.by_token(tokens.access_token)
    with pytest.raises(PasswordNeeded):
        caller.require_recent_password(identity.clock.now())
    until = await confirm(caller=caller, password=RIGHT, address=HOME)
    assert until == NOON + 2 * RECENT_PASSWORD_SECONDS
    assert identity.audit_log[-1] == (AuditAction.CONFIRM_PASSWORD, AuditOutcome.DONE)
    confirmed = await identity.authenticate.by_token(tokens.access_token)
    confirmed.require_recent_password(until - 0.001)
    with pytest.raises(PasswordNeeded):
        confirmed.require_recent_password(until)
    elsewhere = await identity.authenticate.by_token(other.access_token)
    with pytest.raises(PasswordNeeded):
        elsewhere.require_recent_password(identity.clock.now())


async def test_refreshing_does_not_make_a_password_recent(identity: IdentityHarness) -> None:
    tokens = await identity.login()
    identity.clock.advance(RECENT_PASSWORD_SECONDS)
    tokens = await identity.refresh(tokens.refresh_token)
    caller = await identity.authenticate.by_token(tokens.access_token)
    with pytest.raises(PasswordNeeded):
        caller.require_recent_password(identity.clock.now())


async def test_guesses_are_limited(identity: IdentityHarness, confirm: ConfirmPassword) -> None:
    caller = await identity.caller()
    for _ in range(MAX_FAILURES):
        with pytest.raises(WrongPassword):
            await confirm(caller=caller, password=WRONG, address=HOME)
    with pytest.raises(TooManyRequests):
        await confirm(caller=caller, password=RIGHT, address=HOME)
    assert identity.audit_log[-1] == (AuditAction.CONFIRM_PASSWORD, AuditOutcome.REFUSED)


async def test_neither_a_session_that_ended_meanwhile_nor_a_key_confirms(
    identity: IdentityHarness, confirm: ConfirmPassword
) -> None:
    caller = await identity.caller()
    identity.database.rows.sessions.clear()
    with pytest.raises(InvalidCredentials):
        await confirm(caller=caller, password=RIGHT, address=HOME)
    with pytest.raises(NotAllowed):
        await confirm(caller=identity.caller_with_a_key(), password=RIGHT, address=HOME)
    with pytest.raises(NotAllowed):
        identity.caller_with_a_key().require_recent_password(NOON)
