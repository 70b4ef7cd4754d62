"""Holds in the table `ledger_holds`."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.ledger.rows import SELECT_HOLDS, hold_of
from adapters.sql.ledger.tables import HOLDS
from adapters.sql.ledger.unit_ledger import UnitLedger
from adapters.sql.transaction import InTransaction
from application.ledger.ports.holds import Holds
from domain.ledger.hold import Hold


class SqlHolds(InTransaction, Holds):
    """`SqlJournal` inserts and resolves them."""

    def __init__(self, connection: AsyncConnection, ledger: UnitLedger) -> None:
        super().__init__(connection)
        self._ledger = ledger

    async def find(self, hold_id: UUID) -> Hold | None:
        """Select the hold."""
        await self._ledger.store(self._connection)
        row = (await self._connection.execute(SELECT_HOLDS.where(HOLDS.c.id == hold_id))).one_or_none()
        return None if row is None else hold_of(row)

    async def list_expired(self, now_us: int, limit: int) -> list[Hold]:
        """Select by the index of open holds."""
        await self._ledger.store(self._connection)
        is_due = (HOLDS.c.outcome.is_(None), HOLDS.c.expires_at_us <= now_us)
        query = SELECT_HOLDS.where(*is_due).order_by(HOLDS.c.expires_at_us, HOLDS.c.id).limit(limit)
        return list(map(hold_of, await self._connection.execute(query)))
