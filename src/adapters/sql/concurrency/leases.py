"""Leases in the table `claims`. A single statement decides who acquires a lease, on either database."""

from sqlalchemy import delete, select, text

from adapters.sql.concurrency.tables import LEASES
from adapters.sql.transaction import InTransaction
from application.concurrency.ports.leases import CLOCK_TOLERANCE_SECONDS, Leases

_ACQUIRE = text(
    """
    INSERT INTO claims (name, holder, taken_at, until) VALUES (:name, :holder, :now, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, taken_at = excluded.taken_at, until = excluded.until
    WHERE claims.until <= excluded.taken_at OR claims.taken_at > :latest
    """
)


class SqlLeases(InTransaction, Leases):
    """One row per name, which the next holder takes over once the lease has expired."""

    async def acquire(self, name: str, holder: str, now: float, until: float) -> bool:
        """Insert the row, or take over one that has expired."""
        row = {"name": name, "holder": holder, "now": now, "until": until, "latest": now + CLOCK_TOLERANCE_SECONDS}
        return (await self._connection.execute(_ACQUIRE, row)).rowcount == 1

    async def is_held(self, name: str, now: float) -> bool:
        """Select the row."""
        lasts = (LEASES.c.until > now) & (LEASES.c.taken_at <= now + CLOCK_TOLERANCE_SECONDS)
        return await self._connection.scalar(select(LEASES.c.name).where(LEASES.c.name == name, lasts)) is not None

    async def release(self, name: str, holder: str) -> None:
        """Delete the row if it is still this holder's."""
        is_holders = (LEASES.c.name == name) & (LEASES.c.holder == holder)
        await self._connection.execute(delete(LEASES).where(is_holders))

    async def delete_expired(self, now: float) -> None:
        """Delete the rows of dead holders."""
        await self._connection.execute(delete(LEASES).where(LEASES.c.until <= now))
