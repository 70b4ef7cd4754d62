"""The audit log in the table `audit_events`."""

from sqlalchemy import Row, delete, func, insert, select, tuple_

from adapters.sql.identity.tables import AUDIT_EVENTS
from adapters.sql.transaction import InTransaction
from application.identity.ports.audit_log import AuditLog, AuditPosition, RecordedEvent
from domain.identity.audit_event import AuditAction, AuditEvent, AuditOutcome


class SqlAuditLog(InTransaction, AuditLog):
    """Append-only, except for deleting old events."""

    async def add(self, event: AuditEvent) -> None:
        """Insert the event."""
        row = {
            "action": event.action.value,
            "outcome": event.outcome.value,
            "who": event.who,
            "user_id": event.user_id,
            "address": event.address,
            "at": event.at,
            "detail": event.detail,
        }
        await self._connection.execute(insert(AUDIT_EVENTS), row)

    async def list_latest(self, limit: int) -> list[AuditEvent]:
        """Select the latest events."""
        return [each.event for each in await self.list_page(None, limit)]

    async def list_page(self, before: AuditPosition | None, limit: int) -> list[RecordedEvent]:
        """Select a page; the row id orders events of the same time."""
        order = (AUDIT_EVENTS.c.at, AUDIT_EVENTS.c.id)
        query = select(AUDIT_EVENTS).order_by(*(column.desc() for column in order)).limit(limit)
        found = await self._connection.execute(query if before is None else query.where(tuple_(*order) < before))
        return [RecordedEvent(row.id, _event_of(row)) for row in found]

    async def delete_older_than(self, moment: float) -> None:
        """Delete old events; on Postgres by a function of the owner's, for the application's role may not."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.delete_old_audit_events(moment)))
        else:
            await self._connection.execute(delete(AUDIT_EVENTS).where(AUDIT_EVENTS.c.at <= moment))


def _event_of(row: Row[*tuple[object, ...]]) -> AuditEvent:
    return AuditEvent(
        action=AuditAction(row.action),
        outcome=AuditOutcome(row.outcome),
        who=row.who,
        user_id=row.user_id,
        address=row.address,
        at=row.at,
        detail=row.detail,
    )
