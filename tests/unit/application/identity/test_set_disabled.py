"""Disabling and enabling a user."""

import pytest

from application.identity.set_disabled import SetDisabled
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.user import Username
from tests.unit.application.identity.harness import IdentityHarness

COMMAND_LINE = "command line"


@pytest.fixture
def set_disabled(identity: IdentityHarness) -> SetDisabled:
    return SetDisabled(database=identity.database, clock=identity.clock)


async def test_a_disabled_user_loses_every_session_and_cannot_sign_in(
    identity: IdentityHarness, set_disabled: SetDisabled
) -> None:
    await identity.login()
    changed = await set_disabled(username=Username("ADA"), is_disabled=True, address=COMMAND_LINE)
    assert changed == identity.ada
    assert changed.is_disabled
    assert identity.database.rows.sessions == {}
    with pytest.raises(InvalidCredentials):
        await identity.login()
    assert (AuditAction.DISABLE, AuditOutcome.DONE) in identity.audit_log


async def test_an_enabled_user_can_sign_in_again(identity: IdentityHarness, set_disabled: SetDisabled) -> None:
    identity.disable_ada()
    changed = await set_disabled(username=Username("ada"), is_disabled=False, address=COMMAND_LINE)
    assert not changed.is_disabled
    assert identity.audit_log[-1] == (AuditAction.ENABLE, AuditOutcome.DONE)
    await identity.login()


async def test_nobody_else_is_affected(identity: IdentityHarness, set_disabled: SetDisabled) -> None:
    with pytest.raises(NoSuchObject, match="there is no user Grace"):
        await set_disabled(username=Username("Grace"), is_disabled=True, address=COMMAND_LINE)
    assert not identity.ada.is_disabled
    assert identity.audit_log == [(AuditAction.REGISTER, AuditOutcome.DONE)]
