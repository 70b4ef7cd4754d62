"""Holds in the table `ledger_holds`."""

from uuid import UUID

from adapters.sql.ledger.rows import SELECT_HOLDS, hold_of
from adapters.sql.ledger.tables import HOLDS
from adapters.sql.transaction import InTransaction
from application.ledger.ports.holds import Holds
from domain.ledger.hold import Hold


class SqlHolds(InTransaction, Holds):
    """`SqlJournal` inserts and resolves them."""

    async def find(self, hold_id: UUID) -> Hold | None:
        """Select the hold."""
        row = (await self._connection.execute(SELECT_HOLDS.where(HOLDS.c.id == hold_id))).one_or_none()
        return None if row is None else hold_of(row)

    async def list_expired(self, now_us: int, limit: int) -> list[Hold]:
        """Select by the index of open holds."""
        is_due = (HOLDS.c.outcome.is_(None), HOLDS.c.expires_at_us <= now_us)
        query = SELECT_HOLDS.where(*is_due).order_by(HOLDS.c.expires_at_us, HOLDS.c.id).limit(limit)
        return list(map(hold_of, await self._connection.execute(query)))
