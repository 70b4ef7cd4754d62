"""Add an event to the audit log, and delete events past their retention."""

from application.identity.ports.repositories import IdentityRepositories
from domain.identity.audit_event import AuditEvent

RETENTION_SECONDS = 365 * 24 * 3600.0


async def record_audit_event(unit: IdentityRepositories, event: AuditEvent) -> None:
    """Record the event in the same unit of work as the change itself, so that no change goes unrecorded."""
    await unit.audit_log.add(event)
    await unit.audit_log.delete_older_than(event.at - RETENTION_SECONDS)
