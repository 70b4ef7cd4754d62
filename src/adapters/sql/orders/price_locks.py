"""Price locks in the table `price_locks`."""

from uuid import UUID

from sqlalchemy import delete, insert, select, update

from adapters.sql.orders.rows import terms_of, terms_values
from adapters.sql.orders.tables import PRICE_LOCKS
from adapters.sql.transaction import InTransaction
from application.orders.ports.price_locks import PriceLocks
from domain.currency import Currency
from domain.orders.price_lock import PriceLock


class SqlPriceLocks(InTransaction, PriceLocks):
    """The order that accepts a lock is set by a statement that finds no row if one is set."""

    async def add(self, lock: PriceLock) -> None:
        """Insert the lock."""
        names = ("id", "user_id", "clear_with", "created_at", "expires_at", "order_id")
        row = {**{name: getattr(lock, name) for name in names}, **terms_values(lock.terms)}
        await self._connection.execute(insert(PRICE_LOCKS), row)

    async def find(self, user_id: UUID, lock_id: UUID, *, for_change: bool = False) -> PriceLock | None:
        """Select the lock."""
        query = select(PRICE_LOCKS).where(PRICE_LOCKS.c.id == lock_id, PRICE_LOCKS.c.user_id == user_id)
        rows = await self._connection.execute(query.with_for_update() if for_change else query)
        row = rows.mappings().one_or_none()
        if row is None:
            return None
        times = row["created_at"], row["expires_at"]
        clear_with = Currency(row["clear_with"])
        return PriceLock(row["id"], row["user_id"], terms_of(row), clear_with, *times, row["order_id"])

    async def accept(self, lock_id: UUID, order_id: UUID) -> bool:
        """Set the order."""
        is_free = PRICE_LOCKS.c.id == lock_id, PRICE_LOCKS.c.order_id.is_(None)
        change = update(PRICE_LOCKS).where(*is_free).values(order_id=order_id)
        return (await self._connection.execute(change)).rowcount == 1

    async def delete_expired(self, expired_before: float, limit: int) -> int:
        """Delete by the index of their ends."""
        expired = select(PRICE_LOCKS.c.id).where(PRICE_LOCKS.c.expires_at < expired_before).limit(limit)
        return (await self._connection.execute(delete(PRICE_LOCKS).where(PRICE_LOCKS.c.id.in_(expired)))).rowcount
