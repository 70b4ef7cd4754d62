"""Transactions in the tables `ledger_transactions` and `ledger_postings`."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.driver_statement import DriverStatement
from adapters.sql.ledger.postgres import append_in_postgres
from adapters.sql.ledger.rows import SELECT_ENTRIES, entry_of
from adapters.sql.ledger.sqlite import append_in_sqlite
from adapters.sql.ledger.tables import ACCOUNTS, HOLDS, POSTINGS, TRANSACTIONS
from adapters.sql.ledger.unit_ledger import UnitLedger
from adapters.sql.transaction import InTransaction
from application.ledger.ports.journal import EntryPosition, Journal
from domain.ledger.errors import HoldResolved
from domain.ledger.hold import Resolution
from domain.ledger.posted import PostedTransaction
from domain.ledger.posting import Entry
from domain.ledger.transaction import TransactionKind

_NEWEST_FIRST = (POSTINGS.c.recorded_at_us.desc(), POSTINGS.c.transaction_id.desc(), POSTINGS.c.account_id.desc())

# How many times an account's equal share of a page is looked at to find out how far back the page goes.
SHARES = 4

_RESOLVE = DriverStatement(
    update(HOLDS)
    .where(HOLDS.c.id == bindparam("hold"), HOLDS.c.outcome.is_(None))
    .values(outcome=bindparam("new_outcome"), resolved_by_id=bindparam("transaction"))
)

_APPEND = {"sqlite": append_in_sqlite, "postgresql": append_in_postgres}


class SqlJournal(InTransaction, Journal):
    """One statement in Postgres for all rows of a transaction, and one to resolve a hold."""

    def __init__(self, connection: AsyncConnection, ledger: UnitLedger) -> None:
        super().__init__(connection)
        self._ledger = ledger

    async def append(self, posted: PostedTransaction) -> bool:
        """Insert the transaction with its postings and its hold, update the accounts, and resolve a hold.

        While transactions are gathered, note it, unless it concerns a hold.
        """
        if self._ledger.is_gathering and posted.opens is None and posted.resolves is None:
            self._ledger.noted.append(posted)
        elif not await self._stored(posted):
            return False
        self._ledger.locked |= posted.accounts_after(self._ledger.locked)
        return True

    async def _stored(self, posted: PostedTransaction) -> bool:
        await self._ledger.store(self._connection)
        if not await _APPEND[self._connection.dialect.name](self._connection, posted):
            return False
        if posted.resolves is not None:
            await self._resolve(posted.resolves, posted.header.id)
        return True

    @asynccontextmanager
    async def gathering(self) -> AsyncIterator[None]:
        """Note what is appended, and store it in the end; SQLite, which is no network away, stores it at once."""
        self._ledger.is_gathering = self._connection.dialect.name != "sqlite"
        yield
        self._ledger.is_gathering = False
        await self._ledger.store(self._connection)

    async def find(self, transaction_id: UUID) -> PostedTransaction | None:
        """Select its entries."""
        await self._ledger.store(self._connection)
        query = SELECT_ENTRIES.where(TRANSACTIONS.c.id == transaction_id).order_by(POSTINGS.c.account_id)
        entries = list(map(entry_of, await self._connection.execute(query)))
        if not entries:
            return None
        return PostedTransaction(entries[0].header, tuple(entry.posting for entry in entries))

    async def find_correction(self, transaction_id: UUID) -> UUID | None:
        """Select it."""
        await self._ledger.store(self._connection)
        is_correction = TRANSACTIONS.c.kind == TransactionKind.CORRECTION.value
        query = select(TRANSACTIONS.c.id).where(TRANSACTIONS.c.related_id == transaction_id, is_correction)
        return await self._connection.scalar(query)

    async def list_entries(
        self, account_ids: Collection[UUID], before: EntryPosition | None, limit: int
    ) -> list[Entry]:
        """Select which they are, then what they say."""
        await self._ledger.store(self._connection)
        if not account_ids:
            return []
        page = _PAGE[self._connection.dialect.name](account_ids, before, limit).subquery()
        is_in_page = and_(page.c.account_id == POSTINGS.c.account_id, page.c.version == POSTINGS.c.version)
        query = SELECT_ENTRIES.join(page, is_in_page).order_by(*_NEWEST_FIRST)
        return list(map(entry_of, await self._connection.execute(query)))

    async def _resolve(self, resolution: Resolution, transaction_id: UUID) -> None:
        """Set the outcome, by a statement that finds no row if it is set: exactly one transaction resolves a hold."""
        outcome = {
            "hold": resolution.hold.id,
            "new_outcome": resolution.outcome.value,
            "transaction": transaction_id,
        }
        if await _RESOLVE.execute(self._connection, outcome) != 1:
            raise HoldResolved("this hold was resolved a moment ago")


def _page(account_ids: Collection[UUID], before: EntryPosition | None, limit: int) -> Select[tuple[UUID, int]]:
    query = select(POSTINGS.c.account_id, POSTINGS.c.version).where(POSTINGS.c.account_id.in_(account_ids))
    return query.where(_is_before(before)).order_by(*_NEWEST_FIRST).limit(limit)


def _page_by_account(
    account_ids: Collection[UUID], before: EntryPosition | None, limit: int
) -> Select[tuple[UUID, int]]:
    """Take some entries of each account from the index; those tell how far back the page goes at most."""
    some = _newest_of_each(account_ids, _is_before(before), SHARES * limit // len(account_ids) + 1).subquery()
    oldest_us = select(some.c.recorded_at_us).order_by(some.c.recorded_at_us.desc()).offset(limit - 1).limit(1)
    is_in_page = and_(_is_before(before), POSTINGS.c.recorded_at_us >= func.coalesce(oldest_us.scalar_subquery(), 0))
    page = _newest_of_each(account_ids, is_in_page, limit).subquery()
    order = (page.c[column.element.name].desc() for column in _NEWEST_FIRST)
    return select(page.c.account_id, page.c.version).order_by(*order).limit(limit)


def _newest_of_each(account_ids: Collection[UUID], condition: ColumnElement[bool], limit: int) -> Select[Any]:
    newest = select(POSTINGS).where(POSTINGS.c.account_id == ACCOUNTS.c.id, condition).order_by(*_NEWEST_FIRST)
    each = newest.limit(limit).correlate(ACCOUNTS).lateral()
    return select(each).select_from(ACCOUNTS).join(each, true()).where(ACCOUNTS.c.id.in_(account_ids))


def _is_before(position: EntryPosition | None) -> ColumnElement[bool]:
    if position is None:
        return true()
    time, transaction_id, account_id = POSTINGS.c.recorded_at_us, POSTINGS.c.transaction_id, POSTINGS.c.account_id
    return and_(
        time <= position.recorded_at_us,  # lets the database use the index
        or_(
            time < position.recorded_at_us,
            transaction_id < position.transaction_id,
            and_(transaction_id == position.transaction_id, account_id < position.account_id),
        ),
    )


# SQLite knows no LATERAL.
_PAGE = {"sqlite": _page, "postgresql": _page_by_account}
