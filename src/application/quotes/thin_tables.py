"""Delete hourly tables that are no longer kept: of older days all but one, and those that are too old."""

from collections.abc import Sequence

import structlog

from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from domain.quotes.hourly_table import DAY_SECONDS, superfluous

# What is deleted in one transaction, which takes some milliseconds.
HOURS_AT_A_TIME = 400

log = structlog.get_logger()


class ThinTables:
    """Any number of processes may do it at the same time: what is kept depends on what is there alone."""

    def __init__(
        self, database: Database[QuotesRepositories], clock: Clock, *, hourly_days: int, daily_days: int
    ) -> None:
        """Tables are kept hourly for `hourly_days`, and one a day for `daily_days`."""
        self._database = database
        self._clock = clock
        self._hourly_days = hourly_days
        self._daily_days = daily_days

    async def __call__(self) -> int:
        """Delete what is due, and return how many tables that were. Raises `DatabaseUnavailable`."""
        today = int(self._clock.now()) // DAY_SECONDS * DAY_SECONDS
        hourly_since, daily_since = (today - days * DAY_SECONDS for days in (self._hourly_days, self._daily_days))
        async with self._database.reading() as unit:
            hours = await unit.hourly_tables.list_hours(hourly_since)
        gone = superfluous(hours, hourly_since=hourly_since, daily_since=daily_since)
        for start in range(0, len(gone), HOURS_AT_A_TIME):
            await self._delete(gone[start : start + HOURS_AT_A_TIME])
        if gone:
            log.info("tables_thinned", deleted=len(gone))
        return len(gone)

    async def _delete(self, hours: Sequence[int]) -> None:
        await self._database.write(lambda unit: unit.hourly_tables.delete(hours))
