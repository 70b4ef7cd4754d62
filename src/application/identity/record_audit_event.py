"""Add an event to the audit log, and drop those that are too old."""

from application.identity.ports.repositories import IdentityRepositories
from domain.identity.audit_event import AuditEvent

KEEP_SECONDS = 365 * 24 * 3600.0


async def record_audit_event(work: IdentityRepositories, event: AuditEvent) -> None:
    """Record the event in the unit of work of the change itself, so that no change goes unrecorded."""
    await work.audit_log.add(event)
    await work.audit_log.delete_older_than(event.at - KEEP_SECONDS)
