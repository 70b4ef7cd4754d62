"""Call counts in the table `call_counts`."""

from dataclasses import asdict

from sqlalchemy import text, update

from adapters.sql.quotes.tables import CALL_COUNTS
from adapters.sql.transaction import InTransaction
from application.quotes.ports.call_counts import CallCounts
from application.quotes.quota_plan import CallCount

# Creates the row or locks it, in one statement on either database: the update changes nothing but takes the lock.
_LOCK = text(
    """
    INSERT INTO call_counts (source, day, used, hour, hourly, resting_until) VALUES (:source, 0, 0, 0, 0, 0)
    ON CONFLICT (source) DO UPDATE SET source = excluded.source
    RETURNING day, used, hour, hourly, resting_until
    """
)


class SqlCallCounts(InTransaction, CallCounts):
    """One row per source."""

    async def lock(self, source: str) -> CallCount:
        """Lock the row, after creating it if necessary, and return its count."""
        return CallCount(*(await self._connection.execute(_LOCK, {"source": source})).one())

    async def save(self, source: str, count: CallCount) -> None:
        """Update the row."""
        of_source = CALL_COUNTS.c.source == source
        await self._connection.execute(update(CALL_COUNTS).where(of_source).values(asdict(count)))
