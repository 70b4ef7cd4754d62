"""The audit log in the table `audit_events`."""

from sqlalchemy import delete, func, insert, select

from adapters.sql.identity.tables import AUDIT_EVENTS
from adapters.sql.transaction import InTransaction
from application.identity.ports.audit_log import AuditLog
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
        """Select the latest events; the row id orders events of the same time."""
        newest_first = (AUDIT_EVENTS.c.at.desc(), AUDIT_EVENTS.c.id.desc())
        found = await self._connection.execute(select(AUDIT_EVENTS).order_by(*newest_first).limit(limit))
        return [
            AuditEvent(
                action=AuditAction(row.action),
                outcome=AuditOutcome(row.outcome),
                who=row.who,
                user_id=row.user_id,
                address=row.address,
                at=row.at,
                detail=row.detail,
            )
            for row in found
        ]

    async def delete_older_than(self, moment: float) -> None:
        """Delete old events; on Postgres by a function of the owner's, for the application's role may not."""
        if self._connection.dialect.name == "postgresql":
            await self._connection.execute(select(func.delete_old_audit_events(moment)))
        else:
            await self._connection.execute(delete(AUDIT_EVENTS).where(AUDIT_EVENTS.c.at <= moment))
