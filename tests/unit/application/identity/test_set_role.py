"""A user gets another role."""

import pytest

from application.identity.set_role import SetRole
from domain.errors import NoSuchObject
from domain.identity.audit_event import AuditAction, AuditOutcome
from domain.identity.user import Role, Username
from tests.unit.application.identity.harness import IdentityHarness


async def test_a_user_becomes_an_administrator_and_a_user_again_and_the_audit_log_says_so(
    identity: IdentityHarness,
) -> None:
    set_role = SetRole(database=identity.database, clock=identity.clock)
    for role in (Role.ADMIN, Role.USER):
        changed = await set_role(username=Username("ADA"), role=role, address="command line")
        assert changed.role is role
        assert identity.database.rows.users[identity.ada.id].role is role
        assert identity.audit_log[-1] == (AuditAction.SET_ROLE, AuditOutcome.DONE)
    with pytest.raises(NoSuchObject):
        await set_role(username=Username("nobody"), role=Role.ADMIN, address="command line")
