"""The trail in a table."""

from sqlalchemy import delete, insert, select

from adapters.sql.tables import AUDIT_EVENTS
from adapters.sql.transaction import InTransaction
from application.identity.ports.audit_log import AuditLog
from domain.identity.audit_event import Action, AuditEvent, Outcome


class SqlAuditLog(InTransaction, AuditLog):
    """Only ever added to, until what is old is forgotten."""

    async def add(self, event: AuditEvent) -> None:
        """Keep an event."""
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

    async def latest(self, limit: int) -> list[AuditEvent]:
        """Return the newest events; the row's number tells the order within one moment."""
        newest_first = (AUDIT_EVENTS.c.at.desc(), AUDIT_EVENTS.c.id.desc())
        found = await self._connection.execute(select(AUDIT_EVENTS).order_by(*newest_first).limit(limit))
        return [
            AuditEvent(
                action=Action(row.action),
                outcome=Outcome(row.outcome),
                who=row.who,
                user_id=row.user_id,
                address=row.address,
                at=row.at,
                detail=row.detail,
            )
            for row in found
        ]

    async def forget(self, until: float) -> None:
        """Remove the old ones."""
        await self._connection.execute(delete(AUDIT_EVENTS).where(AUDIT_EVENTS.c.at <= until))
