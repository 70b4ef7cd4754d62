"""Creating an account."""

import pytest

from domain.errors import DatabaseUnavailable
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome
from domain.identity.errors import UnsuitablePassword, UsernameTaken
from domain.identity.user import Password, Role, Username
from tests.unit.application.identity.harness import ADA, ELSEWHERE, HOME, RIGHT, IdentityHarness
from tests.unit.fakes.clock import NOON


async def test_a_new_user_is_stored_with_a_hash_of_the_password_and_is_in_the_audit_log(
    identity: IdentityHarness,
) -> None:
    grace = await identity.register(username=Username("Grace"), password=RIGHT, address=ELSEWHERE, role=Role.ADMIN)
    assert identity.database.rows.users[grace.id] == grace
    assert (grace.name, grace.role, grace.created_at, grace.is_disabled) == ("Grace", Role.ADMIN, NOON, False)
    assert grace.password_hash == f"hash of {RIGHT.text}"
    assert identity.database.rows.audit_events[-1] == AuditEvent(
        AuditAction.REGISTER, AuditOutcome.DONE, "Grace", grace.id, ELSEWHERE, NOON, "admin"
    )


async def test_a_user_has_no_special_role_unless_given_one(identity: IdentityHarness) -> None:
    assert identity.ada.role is Role.USER


async def test_without_the_database_nobody_is_registered(identity: IdentityHarness) -> None:
    identity.database.is_down = True
    with pytest.raises(DatabaseUnavailable):
        await identity.register(username=Username("Grace"), password=RIGHT, address=HOME)
    assert [user.name for user in identity.database.rows.users.values()] == [ADA]


async def test_a_taken_name_is_rejected_and_nothing_is_stored(identity: IdentityHarness) -> None:
    with pytest.raises(UsernameTaken):
        await identity.register(username=Username("ADA"), password=RIGHT, address=HOME)
    assert len(identity.database.rows.users) == 1
    assert identity.audit_log == [(AuditAction.REGISTER, AuditOutcome.DONE)]


@pytest.mark.parametrize("text", ["password", "gracegrace", "Grace2026"])
async def test_a_password_that_anybody_would_try_first_is_rejected_unhashed(
    identity: IdentityHarness, text: str
) -> None:
    with pytest.raises(UnsuitablePassword):
        await identity.register(username=Username("Grace"), password=Password(text), address=HOME)
    assert [user.name for user in identity.database.rows.users.values()] == [ADA]
