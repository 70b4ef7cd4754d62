"""Counts of calls in a table."""

from dataclasses import asdict

from sqlalchemy import text, update

from adapters.sql.quotes.tables import CALL_COUNTS
from adapters.sql.transaction import InTransaction
from application.quotes.ports.call_counts import CallCounts
from application.quotes.quota_plan import CallCount

# It changes nothing of a row that is there: an update is what locks it, on every database and in one statement.
_HOLD = text(
    """
    INSERT INTO call_counts (source, day, used, hour, hourly, resting_until) VALUES (:source, 0, 0, 0, 0, 0)
    ON CONFLICT (source) DO UPDATE SET source = excluded.source
    RETURNING day, used, hour, hourly, resting_until
    """
)


class SqlCallCounts(InTransaction, CallCounts):
    """One row a source."""

    async def lock(self, source: str) -> CallCount:
        """Lock the row, and return what it says."""
        return CallCount(*(await self._connection.execute(_HOLD, {"source": source})).one())

    async def save(self, source: str, count: CallCount) -> None:
        """Write the row."""
        is_theirs = CALL_COUNTS.c.source == source
        await self._connection.execute(update(CALL_COUNTS).where(is_theirs).values(asdict(count)))
