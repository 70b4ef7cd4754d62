"""Accounts in the table `ledger_accounts`."""

from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.sql.ledger.postgres import find_in_postgres, lock_in_postgres
from adapters.sql.ledger.rows import SELECT_ACCOUNTS, account_of
from adapters.sql.ledger.sqlite import IDS_PER_STATEMENT, read_in_sqlite
from adapters.sql.ledger.tables import ACCOUNTS, ASSETS, POSTINGS
from adapters.sql.ledger.totals import totals_of
from adapters.sql.ledger.unit_ledger import UnitLedger
from adapters.sql.transaction import InTransaction
from application.ledger.ports.accounts import Accounts
from domain.currency import Currency
from domain.ledger.account import Account, Balance
from domain.ledger.asset import Asset
from domain.ledger.errors import AccountExists, AssetConflict
from domain.ledger.totals import AssetTotals

_ADD_ASSET = {
    "sqlite": sqlite.insert(ASSETS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(ASSETS).on_conflict_do_nothing(),
}
_ADD = {
    "sqlite": sqlite.insert(ACCOUNTS).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(ACCOUNTS).on_conflict_do_nothing(),
}

_FIND = {"sqlite": read_in_sqlite, "postgresql": find_in_postgres}
_LOCK = {"sqlite": read_in_sqlite, "postgresql": lock_in_postgres}


class SqlAccounts(InTransaction, Accounts):
    """Postgres locks rows; SQLite has one writer at a time."""

    def __init__(self, connection: AsyncConnection, ledger: UnitLedger) -> None:
        """`SqlJournal` keeps the locked accounts of `ledger` up to date."""
        super().__init__(connection)
        self._ledger = ledger

    async def open(self, account: Account) -> None:
        """Insert what is missing, then compare."""
        dialect = self._connection.dialect.name
        asset = {"code": str(account.asset.code), "scale": account.asset.scale}
        await self._connection.execute(_ADD_ASSET[dialect], asset)
        if await self.find_asset(account.asset.code) != account.asset:
            raise AssetConflict(f"{account.asset.code} has another scale")
        await self._connection.execute(_ADD[dialect], _values(account))
        found = (await self.find([account.id])).get(account.id)
        if found is None or not found.is_same_as(account):
            raise AccountExists("this account id is taken")

    async def find_asset(self, code: str) -> Asset | None:
        """Select the asset."""
        scale = await self._connection.scalar(select(ASSETS.c.scale).where(ASSETS.c.code == code))
        return None if scale is None else Asset(Currency(code), scale)

    async def find(self, account_ids: Collection[UUID]) -> dict[UUID, Account]:
        """Select the accounts, unless this unit has locked them."""
        locked = self._ledger.locked
        if not locked.keys() >= set(account_ids):
            await self._ledger.store(self._connection)
            return await _FIND[self._connection.dialect.name](self._connection, account_ids)
        return {id_: locked[id_] for id_ in account_ids}

    async def list_of_owner(self, owner_id: UUID) -> list[Account]:
        """Select the accounts."""
        await self._ledger.store(self._connection)
        query = SELECT_ACCOUNTS.where(ACCOUNTS.c.owner_id == owner_id).order_by(ACCOUNTS.c.id)
        return list(map(account_of, await self._connection.execute(query)))

    async def list_totals(self, after: str | None, limit: int) -> list[AssetTotals]:
        """Sum up."""
        await self._ledger.store(self._connection)
        return await totals_of(self._connection, after, limit)

    async def lock(self, account_ids: Collection[UUID]) -> dict[UUID, Account]:
        """Lock the rows, unless this unit has locked them before."""
        locked = self._ledger.locked
        if not locked.keys() >= set(account_ids):
            await self._ledger.store(self._connection)
            locked |= await _LOCK[self._connection.dialect.name](self._connection, account_ids)
        return {id_: locked[id_] for id_ in account_ids if id_ in locked}

    async def close(self, account_ids: Iterable[UUID], now_us: int) -> None:
        """Set the time of closing."""
        ids = list(account_ids)
        await self._ledger.store(self._connection)
        self._ledger.locked.clear()
        for start in range(0, len(ids), IDS_PER_STATEMENT):
            is_open = (ACCOUNTS.c.id.in_(ids[start : start + IDS_PER_STATEMENT]), ACCOUNTS.c.closed_at_us.is_(None))
            await self._connection.execute(update(ACCOUNTS).where(*is_open).values(closed_at_us=now_us))

    async def balances_at(self, account_ids: Collection[UUID], moment_us: int) -> Mapping[UUID, Balance]:
        """Find each account's last version by the index, then select those postings."""
        await self._ledger.store(self._connection)
        newest = (
            select(POSTINGS.c.version)
            .where(POSTINGS.c.account_id == ACCOUNTS.c.id, POSTINGS.c.recorded_at_us <= moment_us)
            .order_by(POSTINGS.c.recorded_at_us.desc(), POSTINGS.c.version.desc())
            .limit(1)
            .correlate(ACCOUNTS)
            .scalar_subquery()
        )
        query = (
            select(POSTINGS.c.account_id, POSTINGS.c.available, POSTINGS.c.held)
            .select_from(ACCOUNTS)
            .join(POSTINGS, and_(POSTINGS.c.account_id == ACCOUNTS.c.id, POSTINGS.c.version == newest))
            .where(ACCOUNTS.c.id.in_(account_ids))
        )
        rows = await self._connection.execute(query)
        return {account_id: Balance(available, held) for account_id, available, held in rows}


def _values(account: Account) -> dict[str, object]:
    return {
        "id": account.id,
        "owner_id": account.owner_id,
        "asset": str(account.asset.code),
        "kind": account.kind.value,
        "name": account.name,
        "available": 0,
        "held": 0,
        "version": 0,
        "hash": account.hash,
        "changed_at_us": 0,
    }
