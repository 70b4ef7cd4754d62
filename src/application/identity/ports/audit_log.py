"""The port to the audit log."""

from typing import NamedTuple, Protocol

from domain.identity.audit_event import AuditEvent


class AuditPosition(NamedTuple):
    """An event's position in the order of all events: by time, then by the number that the log gave it."""

    at: float
    number: int


class RecordedEvent(NamedTuple):
    """An event in the log."""

    number: int
    event: AuditEvent

    @property
    def position(self) -> AuditPosition:
        """Where it is in the order of all events."""
        return AuditPosition(self.event.at, self.number)


class AuditLog(Protocol):
    """The audit log, in one unit of work. Deleting a user keeps their events. Calls may raise `DatabaseUnavailable`."""

    async def add(self, event: AuditEvent) -> None:
        """Store an event."""
        ...

    async def list_latest(self, limit: int) -> list[AuditEvent]:
        """Return the latest events, newest first."""
        ...

    async def list_page(self, before: AuditPosition | None, limit: int) -> list[RecordedEvent]:
        """Return up to `limit` events older than `before`, newest first."""
        ...

    async def delete_older_than(self, moment: float) -> None:
        """Delete the events at or before `moment`, in Unix seconds; only those over a year old need be deleted."""
        ...
