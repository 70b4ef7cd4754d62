"""Read the audit log, for an administrator."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from application.identity.ports.audit_log import AuditPosition, RecordedEvent
from application.identity.ports.repositories import IdentityRepositories
from application.ports.database import Database
from domain.identity.audit_event import AuditEvent

MAX_PAGE_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Events, newest first; `next` is where the next page begins, None on the last one."""

    events: Sequence[RecordedEvent]
    next: AuditPosition | None


class ReadAuditLog:
    """Reads events, newest first."""

    def __init__(self, *, database: Database[IdentityRepositories]) -> None:
        self._database = database

    async def __call__(self, *, limit: int) -> list[AuditEvent]:
        """Return the latest events. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            return await unit.audit_log.list_latest(limit)

    async def page(self, before: AuditPosition | None, limit: int) -> AuditPage:
        """Return up to `limit` events older than `before`. Raises `DatabaseUnavailable`."""
        async with self._database.reading() as unit:
            found = await unit.audit_log.list_page(before, limit + 1)
        events = found[:limit]
        return AuditPage(events, events[-1].position if len(found) > limit else None)

    async def each(self) -> AsyncIterator[RecordedEvent]:
        """Yield every event, with one page in memory. Raises `DatabaseUnavailable`."""
        before: AuditPosition | None = None
        while True:
            page = await self.page(before, MAX_PAGE_EVENTS)
            for event in page.events:
                yield event
            if page.next is None:
                return
            before = page.next
