"""Transactions in the tables `ledger_transactions` and `ledger_postings`."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, insert, or_, select, update

from adapters.sql.ledger.postgres import append_in_postgres
from adapters.sql.ledger.rows import SELECT_ENTRIES, entry_of
from adapters.sql.ledger.sqlite import append_in_sqlite
from adapters.sql.ledger.tables import HOLDS, POSTINGS, TRANSACTIONS
from adapters.sql.transaction import InTransaction
from application.ledger.ports.journal import EntryPosition, Journal
from domain.ledger.errors import HoldResolved
from domain.ledger.hold import Hold, Resolution
from domain.ledger.posted import PostedTransaction
from domain.ledger.posting import Entry
from domain.ledger.transaction import TransactionKind

_APPEND = {"sqlite": append_in_sqlite, "postgresql": append_in_postgres}


class SqlJournal(InTransaction, Journal):
    """One statement in Postgres for all rows of a transaction, and one for a hold."""

    async def append(self, posted: PostedTransaction) -> bool:
        """Insert the transaction with its postings, update the accounts, and insert or resolve a hold."""
        if not await _APPEND[self._connection.dialect.name](self._connection, posted):
            return False
        if posted.resolves is not None:
            await self._resolve(posted.resolves, posted.header.id)
        if posted.opens is not None:
            await self._connection.execute(insert(HOLDS).values(_hold_values(posted.opens)))
        return True

    async def find(self, transaction_id: UUID) -> PostedTransaction | None:
        """Select its entries."""
        query = SELECT_ENTRIES.where(TRANSACTIONS.c.id == transaction_id).order_by(POSTINGS.c.account_id)
        entries = list(map(entry_of, await self._connection.execute(query)))
        if not entries:
            return None
        return PostedTransaction(entries[0].header, tuple(entry.posting for entry in entries))

    async def find_correction(self, transaction_id: UUID) -> UUID | None:
        """Select it."""
        is_correction = TRANSACTIONS.c.kind == TransactionKind.CORRECTION.value
        query = select(TRANSACTIONS.c.id).where(TRANSACTIONS.c.related_id == transaction_id, is_correction)
        return await self._connection.scalar(query)

    async def list_entries(
        self, account_ids: Collection[UUID], before: EntryPosition | None, limit: int
    ) -> list[Entry]:
        """Select a page."""
        order = (POSTINGS.c.recorded_at_us, POSTINGS.c.transaction_id, POSTINGS.c.account_id)
        query = SELECT_ENTRIES.where(POSTINGS.c.account_id.in_(account_ids))
        if before is not None:
            time, transaction_id, account_id = order
            query = query.where(
                time <= before.recorded_at_us,  # lets the database use the index
                or_(
                    time < before.recorded_at_us,
                    transaction_id < before.transaction_id,
                    and_(transaction_id == before.transaction_id, account_id < before.account_id),
                ),
            )
        query = query.order_by(*(column.desc() for column in order)).limit(limit)
        return list(map(entry_of, await self._connection.execute(query)))

    async def _resolve(self, resolution: Resolution, transaction_id: UUID) -> None:
        """Set the outcome, by a statement that finds no row if it is set: exactly one transaction resolves a hold."""
        resolved = await self._connection.execute(
            update(HOLDS)
            .where(HOLDS.c.id == resolution.hold.id, HOLDS.c.outcome.is_(None))
            .values(outcome=resolution.outcome.value, resolved_by_id=transaction_id)
        )
        if resolved.rowcount != 1:
            raise HoldResolved("this hold was resolved a moment ago")


def _hold_values(hold: Hold) -> dict[str, object]:
    return {
        "id": hold.id,
        "account_id": hold.account.id,
        "amount": hold.amount,
        "expires_at_us": hold.expires_at_us,
    }
