"""Deleting one's account."""

import pytest

from application.identity.delete_account import DeleteAccount
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.errors import InvalidCredentials, NotAllowed, PasswordNeeded, WrongPassword
from domain.identity.session import RECENT_PASSWORD_SECONDS
from domain.identity.user import Username
from tests.unit.application.identity.harness import ADA, HOME, RIGHT, WRONG, IdentityHarness
from tests.unit.fakes.accounts import api_key
from tests.unit.fakes.clock import NOON


@pytest.fixture
def delete(identity: IdentityHarness) -> DeleteAccount:
    return DeleteAccount(database=identity.database, verify=identity.verify, clock=identity.clock)


async def test_sessions_and_keys_go_with_the_account_and_its_events_stay(
    identity: IdentityHarness, delete: DeleteAccount
) -> None:
    caller = await identity.caller()
    grace = await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    mine, hers = api_key(caller.user), api_key(grace)
    identity.database.rows.api_keys |= {mine.id: mine, hers.id: hers}
    await delete(caller=caller, password=None, address=HOME)
    rows = identity.database.rows
    assert (list(rows.users), rows.sessions, list(rows.api_keys)) == ([grace.id], {}, [hers.id])
    assert [event.action for event in rows.audit_events if event.who == ADA] == [
        AuditAction.REGISTER,
        AuditAction.LOGIN,
        AuditAction.DELETE_ACCOUNT,
    ]
    assert rows.audit_events[-1] == AuditEvent(
        AuditAction.DELETE_ACCOUNT, AuditOutcome.DONE, ADA, caller.user.id, HOME, NOON
    )


async def test_minutes_after_signing_in_it_takes_the_password(identity: IdentityHarness, delete: DeleteAccount) -> None:
    caller = await identity.caller()
    identity.clock.advance(RECENT_PASSWORD_SECONDS)
    with pytest.raises(PasswordNeeded):
        await delete(caller=caller, password=None, address=HOME)
    with pytest.raises(WrongPassword):
        await delete(caller=caller, password=WRONG, address=HOME)
    assert identity.audit_log[-1] == (AuditAction.DELETE_ACCOUNT, AuditOutcome.REFUSED)
    assert identity.database.rows.users
    await delete(caller=caller, password=RIGHT, address=HOME)
    assert not identity.database.rows.users


async def test_neither_a_session_that_ended_meanwhile_nor_a_key_deletes_an_account(
    identity: IdentityHarness, delete: DeleteAccount
) -> None:
    caller = await identity.caller()
    identity.database.rows.sessions.clear()
    with pytest.raises(InvalidCredentials):
        await delete(caller=caller, password=RIGHT, address=HOME)
    for password in (None, RIGHT):
        with pytest.raises(NotAllowed):
            await delete(caller=identity.caller_with_a_key(), password=password, address=HOME)
    assert identity.database.rows.users
