"""Claims in a table. One statement decides who of many has a name, whichever database it is."""

from sqlalchemy import delete, text

from adapters.sql.tables import CLAIMS
from adapters.sql.transaction import InTransaction
from application.concurrency.ports.leases import CLOCK_TOLERANCE_SECONDS, Leases

_TAKE = text(
    """
    INSERT INTO claims (name, holder, taken_at, until) VALUES (:name, :holder, :now, :until)
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, taken_at = excluded.taken_at, until = excluded.until
    WHERE claims.until <= excluded.taken_at OR claims.taken_at > :latest
    """
)


class SqlLeases(InTransaction, Leases):
    """One row a name, which the next claim of it takes over once the one before has ended."""

    async def take(self, name: str, holder: str, now: float, until: float) -> bool:
        """Have the row, if it is to be had."""
        row = {"name": name, "holder": holder, "now": now, "until": until, "latest": now + CLOCK_TOLERANCE_SECONDS}
        return (await self._connection.execute(_TAKE, row)).rowcount == 1

    async def give_up(self, name: str, holder: str) -> None:
        """Remove the row, if it is still this holder's."""
        is_theirs = (CLAIMS.c.name == name) & (CLAIMS.c.holder == holder)
        await self._connection.execute(delete(CLAIMS).where(is_theirs))

    async def forget(self, until: float) -> None:
        """Remove what holders that died have left."""
        await self._connection.execute(delete(CLAIMS).where(CLAIMS.c.until <= until))
