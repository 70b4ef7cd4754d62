"""Disabling and enabling a user."""

import pytest

from application.identity.set_disabled import SetDisabled
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.errors import InvalidCredentials
from domain.identity.revoked import Revoked
from domain.identity.user import Username
from tests.unit.application.identity.harness import IdentityHarness
from tests.unit.fakes.accounts import api_key

COMMAND_LINE = "command line"


@pytest.fixture
def set_disabled(identity: IdentityHarness) -> SetDisabled:
    return SetDisabled(database=identity.database, clock=identity.clock)


async def test_a_disabled_user_loses_every_session_and_cannot_sign_in(
    identity: IdentityHarness, set_disabled: SetDisabled
) -> None:
    await identity.login()
    changed, revoked = await set_disabled(username=Username("ADA"), is_disabled=True, address=COMMAND_LINE)
    assert changed == identity.ada
    assert changed.is_disabled
    assert identity.database.rows.sessions == {}
    assert revoked == Revoked(sessions=1)
    with pytest.raises(InvalidCredentials):
        await identity.login()
    assert (AuditAction.DISABLE, AuditOutcome.DONE) in identity.audit_log


async def test_an_enabled_user_can_sign_in_again(identity: IdentityHarness, set_disabled: SetDisabled) -> None:
    identity.disable_ada()
    changed, _ = await set_disabled(username=Username("ada"), is_disabled=False, address=COMMAND_LINE)
    assert not changed.is_disabled
    assert identity.audit_log[-1] == (AuditAction.ENABLE, AuditOutcome.DONE)
    await identity.login()


@pytest.mark.parametrize("keeps_api_keys", [False, True])
async def test_keys_come_back_with_their_user_only_if_they_were_kept(
    identity: IdentityHarness, set_disabled: SetDisabled, keeps_api_keys: bool
) -> None:
    key = api_key(identity.ada)
    identity.database.rows.api_keys[key.id] = key
    _, revoked = await set_disabled(
        username=Username("ada"), is_disabled=True, keeps_api_keys=keeps_api_keys, address=COMMAND_LINE
    )
    assert revoked == Revoked(api_keys=0 if keeps_api_keys else 1)
    assert str(revoked) == identity.database.rows.audit_events[-1].detail
    await set_disabled(username=Username("ada"), is_disabled=False, address=COMMAND_LINE)
    assert bool(identity.database.rows.api_keys) == keeps_api_keys


async def test_nobody_else_is_affected(identity: IdentityHarness, set_disabled: SetDisabled) -> None:
    with pytest.raises(NoSuchObject, match="there is no user Grace"):
        await set_disabled(username=Username("Grace"), is_disabled=True, address=COMMAND_LINE)
    assert not identity.ada.is_disabled
    assert identity.audit_log == [(AuditAction.REGISTER, AuditOutcome.DONE)]
