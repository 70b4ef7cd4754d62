"""Record what every currency is worth in one of them, each hour, in one row."""

from collections.abc import Callable, Collection, Sequence

import structlog

from application.concurrency.database_lease import try_lease
from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ports.repositories import RecordingRepositories
from application.quotes.record_hour import Recording
from application.rates.tabulate_rates import TabulateRates
from domain.currency import Currency
from domain.errors import CrossrateError
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.quote import HOUR_SECONDS, hour_of
from domain.rates.book import RateType

# The leader keeps every market fresher than this.
CACHE_MAX_SECONDS = 60

# For so long in its hour, a table waits for exchanges that fail; then it is recorded without them.
WAIT_SECONDS = 600

log = structlog.get_logger()


class ExchangesMissing(CrossrateError):
    """Some exchanges do not answer, and there is still time to wait for them."""


class RecordTable:
    """Records one table an hour, even if called repeatedly and by several processes."""

    def __init__(
        self,
        *,
        base: Currency,
        tabulate: TabulateRates,
        lacking: Callable[[], Sequence[str]],
        database: Database[RecordingRepositories],
        clock: Clock,
        lease_seconds: float,
        without: Collection[str] = (),
    ) -> None:
        """`lacking` names the exchanges whose prices are missing; rates of `without`, banks, are recorded elsewhere.

        A process that dies blocks the others from its hour for `lease_seconds`.
        """
        self._base = base
        self._tabulate = tabulate
        self._lacking = lacking
        self._database = database
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._without = without

    async def __call__(self, hour: int) -> Recording:
        """Record the table of the hour that began at Unix second `hour`, unless that hour is over.

        A missed hour stays empty. Raises `ExchangesMissing`, `DatabaseUnavailable`, and what a conversion raises if
        nothing has a rate.
        """
        if hour_of(self._clock.now()) != hour:
            log.warning("table_hour_missed", hour=hour)
            return Recording.TOO_LATE
        if await self._is_recorded(hour):
            return Recording.ALREADY_RECORDED
        async with try_lease(self._database, self._clock, f"record:all:{hour}", self._lease_seconds) as is_ours:
            if not is_ours:
                return Recording.IN_PROGRESS
            if await self._is_recorded(hour):  # by another process, before this one had the lease
                return Recording.ALREADY_RECORDED
            return await self._record(hour)

    async def _is_recorded(self, hour: int) -> bool:
        async with self._database.reading() as unit:
            return await unit.hourly_tables.has(hour)

    async def _record(self, hour: int) -> Recording:
        tabulated, _ = await self._tabulate(self._base, None, RateType.MID, CACHE_MAX_SECONDS)
        lacking, now = self._lacking(), self._clock.now()
        if lacking and now < hour + WAIT_SECONDS:
            raise ExchangesMissing(f"not answering: {', '.join(lacking)}")
        if now >= hour + HOUR_SECONDS:
            log.warning("table_hour_missed", hour=hour)
            return Recording.TOO_LATE
        table = HourlyTable.of(hour, self._base, tabulated.rates, without=self._without)
        if not await self._database.write(lambda unit: unit.hourly_tables.add(table)):
            return Recording.ALREADY_RECORDED
        log.info("table_recorded", hour=hour, currencies=len(table.rates), without=list(lacking))
        return Recording.RECORDED
