"""The port to the repository of price locks."""

from typing import Protocol
from uuid import UUID

from domain.orders.price_lock import PriceLock


class PriceLocks(Protocol):
    """The price locks, in one unit of work. Every call may raise `DatabaseUnavailable`."""

    async def add(self, lock: PriceLock) -> None:
        """Store a new lock."""
        ...

    async def find(self, user_id: UUID, lock_id: UUID, *, for_change: bool = False) -> PriceLock | None:
        """Return the user's lock; `for_change` locks its row until the unit ends."""
        ...

    async def accept(self, lock_id: UUID, order_id: UUID) -> bool:
        """Note the order that accepted the lock. Return False, and change nothing, if another one did before."""
        ...

    async def delete_expired(self, expired_before: float, limit: int) -> int:
        """Delete up to `limit` locks that expired before a Unix time, and return how many."""
        ...
