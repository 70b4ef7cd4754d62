"""One more line of the trail, and none that is too old."""

from application.identity.ports.repositories import IdentityRepositories
from domain.identity.audit_event import AuditEvent

KEEP_SECONDS = 365 * 24 * 3600.0


async def record(work: IdentityRepositories, event: AuditEvent) -> None:
    """Keep the event within this unit of work, so that nothing happens that the trail does not tell of."""
    await work.audit_log.add(event)
    await work.audit_log.forget(event.at - KEEP_SECONDS)
