"""Deleting one's account."""

from application.identity.delete_account import DeleteAccount
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.user import Username
from tests.unit.application.identity.harness import ADA, HOME, RIGHT, IdentityHarness
from tests.unit.fakes.accounts import api_key
from tests.unit.fakes.clock import NOON


async def test_sessions_and_keys_go_with_the_account_and_its_events_stay(identity: IdentityHarness) -> None:
    caller = await identity.caller()
    grace = await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    mine, hers = api_key(caller.user), api_key(grace)
    identity.database.rows.api_keys |= {mine.id: mine, hers.id: hers}
    await DeleteAccount(database=identity.database, clock=identity.clock)(caller=caller, address=HOME)
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
