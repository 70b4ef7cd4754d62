"""Ending a session."""

import pytest

from application.identity.logout import Logout
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials
from tests.unit.application.identity.harness import HOME, IdentityHarness


@pytest.fixture
def logout(identity: IdentityHarness) -> Logout:
    return Logout(database=identity.database, clock=identity.clock)


async def test_the_callers_session_ends_with_its_tokens_and_no_other(identity: IdentityHarness, logout: Logout) -> None:
    mine, other = await identity.login(), await identity.login()
    await logout(caller=await identity.authenticate.by_token(mine.access_token), address=HOME)
    with pytest.raises(InvalidCredentials):
        await identity.authenticate.by_token(mine.access_token)
    with pytest.raises(InvalidCredentials):
        await identity.refresh(mine.refresh_token)
    await identity.authenticate.by_token(other.access_token)
    assert (AuditAction.LOGOUT, AuditOutcome.DONE) in identity.audit_log


async def test_a_caller_with_a_key_has_no_session_to_end(identity: IdentityHarness, logout: Logout) -> None:
    await identity.login()
    await logout(caller=identity.caller_with_a_key(), address=HOME)
    assert len(identity.database.rows.sessions) == 1
    assert (AuditAction.LOGOUT, AuditOutcome.DONE) not in identity.audit_log
