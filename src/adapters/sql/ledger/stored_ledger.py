"""The ledger's rows as they are stored, for verification."""

from collections.abc import Collection
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, true, tuple_

from adapters.sql.ledger.rows import SELECT_ENTRIES, AnyRow, account_of, entry_of, hold_of
from adapters.sql.ledger.tables import ACCOUNTS, ASSETS, HOLDS, POSTINGS, TRANSACTIONS
from adapters.sql.transaction import InTransaction
from application.ledger.ports.stored_ledger import AccountWithHolds, StoredLedger
from domain.ledger.posting import Entry
from domain.ledger.verification import StoredHold, StoredTransaction

_OPENED = POSTINGS.alias("opened")
_RESOLVED = POSTINGS.alias("resolved")

_HOLDS = (
    select(
        HOLDS.c.id,
        HOLDS.c.account_id,
        ACCOUNTS.c.asset,
        HOLDS.c.amount,
        HOLDS.c.expires_at_us,
        HOLDS.c.outcome,
        HOLDS.c.resolved_by_id,
        _OPENED.c.held_change,
        _RESOLVED.c.held_change,
    )
    .join(ACCOUNTS, ACCOUNTS.c.id == HOLDS.c.account_id)
    .outerjoin(_OPENED, (_OPENED.c.transaction_id == HOLDS.c.id) & (_OPENED.c.account_id == HOLDS.c.account_id))
    .outerjoin(
        _RESOLVED,
        (_RESOLVED.c.transaction_id == HOLDS.c.resolved_by_id) & (_RESOLVED.c.account_id == HOLDS.c.account_id),
    )
)


class SqlStoredLedger(InTransaction, StoredLedger):
    """Each method reads by one statement, which sees one moment."""

    async def list_accounts(self, after: UUID | None, limit: int) -> list[AccountWithHolds]:
        """Select a page of accounts with their open holds."""
        page = _page(select(ACCOUNTS), ACCOUNTS.c.id, after, limit).subquery()
        query = (
            select(page, ASSETS.c.scale, HOLDS.c.amount)
            .join(ASSETS, ASSETS.c.code == page.c.asset)
            .outerjoin(HOLDS, (HOLDS.c.account_id == page.c.id) & HOLDS.c.outcome.is_(None))
            .order_by(page.c.id)
        )
        rows = (await self._connection.execute(query)).all()
        return [_account_with_holds(list(of_account)) for _, of_account in groupby(rows, key=lambda row: row.id)]

    async def list_postings(
        self, account_ids: Collection[UUID], after: tuple[UUID, int] | None, limit: int, newest: int | None
    ) -> list[Entry]:
        """Select a page of postings."""
        query = SELECT_ENTRIES.where(POSTINGS.c.account_id.in_(account_ids))
        if after is not None:
            query = query.where(tuple_(POSTINGS.c.account_id, POSTINGS.c.version) > after)
        if newest is not None:
            query = query.where(POSTINGS.c.version >= ACCOUNTS.c.version - newest)
        query = query.order_by(POSTINGS.c.account_id, POSTINGS.c.version).limit(limit)
        return list(map(entry_of, await self._connection.execute(query)))

    async def list_transactions(self, after: UUID | None, limit: int) -> list[StoredTransaction]:
        """Select a page of transactions with their postings, of which there may be none."""
        page = _page(
            select(TRANSACTIONS.c.id, TRANSACTIONS.c.postings, TRANSACTIONS.c.recorded_at_us),
            TRANSACTIONS.c.id,
            after,
            limit,
        ).subquery()
        query = (
            select(
                page,
                ACCOUNTS.c.asset,
                POSTINGS.c.available_change,
                POSTINGS.c.held_change,
                POSTINGS.c.recorded_at_us.label("posted_at_us"),
            )
            .outerjoin(POSTINGS, POSTINGS.c.transaction_id == page.c.id)
            .outerjoin(ACCOUNTS, ACCOUNTS.c.id == POSTINGS.c.account_id)
            .order_by(page.c.id)
        )
        rows = (await self._connection.execute(query)).all()
        return [_transaction(list(of_transaction)) for _, of_transaction in groupby(rows, key=lambda row: row.id)]

    async def list_holds(self, after: UUID | None, limit: int) -> list[StoredHold]:
        """Select a page of holds with the postings that made and resolved them."""
        rows = await self._connection.execute(_page(_HOLDS, HOLDS.c.id, after, limit))
        return [StoredHold(hold_of(row[:-2]), *row[-2:]) for row in rows]


def _page(query: Select[Any], id_: ColumnElement[UUID], after: UUID | None, limit: int) -> Select[Any]:
    return query.where(true() if after is None else id_ > after).order_by(id_).limit(limit)


def _account_with_holds(rows: list[AnyRow]) -> AccountWithHolds:
    return AccountWithHolds(account_of(rows[0][:-1]), sum(row.amount or 0 for row in rows))


def _transaction(rows: list[AnyRow]) -> StoredTransaction:
    postings = [row for row in rows if row.asset is not None]
    changes = tuple((row.asset, row.available_change + row.held_change) for row in postings)
    times = frozenset([rows[0].recorded_at_us, *(row.posted_at_us for row in postings)])
    return StoredTransaction(rows[0].id, rows[0].postings, changes, times)
