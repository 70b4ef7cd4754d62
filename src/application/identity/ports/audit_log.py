"""The port to the audit log."""

from typing import Protocol

from domain.identity.audit_event import AuditEvent


class AuditLog(Protocol):
    """The audit log, in one unit of work. Deleting a user keeps their events. Calls may raise `DatabaseUnavailable`."""

    async def add(self, event: AuditEvent) -> None:
        """Store an event."""
        ...

    async def list_latest(self, limit: int) -> list[AuditEvent]:
        """Return the latest events, newest first."""
        ...

    async def delete_older_than(self, moment: float) -> None:
        """Delete the events at or before `moment`, in Unix seconds; only those over a year old need be deleted."""
        ...
