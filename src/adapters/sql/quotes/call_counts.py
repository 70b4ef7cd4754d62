"""Call counts in the table `call_counts`."""

from dataclasses import asdict

from sqlalchemy import text, update

from adapters.sql.quotes.tables import CALL_COUNTS
from adapters.sql.transaction import InTransaction
from application.quotes.ports.call_counts import CallCounts
from application.quotes.quota_plan import CallCount

# The update changes nothing; it locks the row, on either database, in the same statement that creates it.
_LOCK = text(
    """
    INSERT INTO call_counts (source, day, used, hour, hourly, resting_until) VALUES (:source, 0, 0, 0, 0, 0)
    ON CONFLICT (source) DO UPDATE SET source = excluded.source
    RETURNING day, used, hour, hourly, resting_until
    """
)


class SqlCallCounts(InTransaction, CallCounts):
    """One row a source."""

    async def lock(self, source: str) -> CallCount:
        """Lock the row, creating it if need be, and return its count."""
        return CallCount(*(await self._connection.execute(_LOCK, {"source": source})).one())

    async def save(self, source: str, count: CallCount) -> None:
        """Update the row."""
        is_theirs = CALL_COUNTS.c.source == source
        await self._connection.execute(update(CALL_COUNTS).where(is_theirs).values(asdict(count)))
