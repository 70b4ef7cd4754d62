"""The trail of what happened to accounts and keys."""

from typing import Protocol

from domain.identity.audit_event import AuditEvent


class AuditLog(Protocol):
    """The trail, inside one unit of work. It outlives the users that it tells of."""

    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""
        ...

    async def latest(self, limit: int) -> list[AuditEvent]:
        """Return the newest events, the newest first."""
        ...

    async def forget(self, until: float) -> None:
        """Remove those of `until` and before."""
        ...
