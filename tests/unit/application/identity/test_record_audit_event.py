"""The audit log keeps a year."""

from application.identity.record_audit_event import RETENTION_SECONDS
from domain.identity.audit_event import AuditAction, AuditOutcome
from tests.unit.application.identity.harness import IdentityHarness


async def test_events_older_than_a_year_are_deleted(identity: IdentityHarness) -> None:
    identity.clock.advance(RETENTION_SECONDS)
    await identity.login()
    assert identity.audit_log == [(AuditAction.LOGIN, AuditOutcome.DONE)]
