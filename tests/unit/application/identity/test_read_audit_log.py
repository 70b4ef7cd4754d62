"""Reading the audit log."""

from application.identity.read_audit_log import ReadAuditLog
from domain.identity.audit_event import AuditAction
from tests.unit.application.identity.harness import IdentityHarness


async def test_the_latest_events_are_read_newest_first(identity: IdentityHarness) -> None:
    for _ in range(2):
        identity.clock.advance(1)
        await identity.login()
    read = ReadAuditLog(database=identity.database)
    events = await read(limit=10)
    assert [event.action for event in events] == [AuditAction.LOGIN, AuditAction.LOGIN, AuditAction.REGISTER]
    assert events == sorted(events, key=lambda event: event.at, reverse=True)
    assert await read(limit=1) == events[:1]
