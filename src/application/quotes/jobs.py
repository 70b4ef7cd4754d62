"""The jobs that record each hour: every tracked pair, and a table of every currency."""

from collections.abc import Sequence

import structlog

from application.jobs.job import Job, JobFailed, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from application.quotes.record_hour import RecordHour, Recording
from application.quotes.record_table import ExchangesMissing, RecordTable
from application.quotes.thin_tables import ThinTables
from application.rates.newest_reference_rates import FIRST_RATES_SECONDS, NewestReferenceRates
from domain.pair import Pair
from domain.quotes.errors import QuoteUnavailable
from domain.quotes.quote import hour_of
from domain.rates.errors import ConversionUnavailable, NoRoute

log = structlog.get_logger()

NAME = "record_hour"
TABLE = "record_table"

# On the hour, and again within it in case a source failed or a worker was killed. A pair that is already recorded costs
# one database query.
MINUTES = frozenset({0, 1, 2, 5, 10, 20, 30, 40, 50})


def record_hour_job(
    record_hour: RecordHour, tracked: Sequence[Pair], reference: NewestReferenceRates | None = None
) -> Job:
    """Return the job; `tracked` are the pairs to record. With `reference`, some may need the bank's rates."""

    async def run(pair: str, hour: int) -> JobResult:
        if reference is not None and _may_need(reference, Pair.parse(pair)):
            await reference.wait_for_first(FIRST_RATES_SECONDS)  # another job fetches them as the process starts
        try:
            recording = await record_hour(Pair.parse(pair), hour)
        except QuoteUnavailable as error:
            raise JobFailed(str(error), can_retry=error.may_soon_succeed) from error
        if recording is Recording.RECORDED:
            return JobResult(JobOutcome.DONE)
        # The process that holds the lease may have been killed.
        return JobResult(JobOutcome.NOT_NEEDED, can_retry=recording is Recording.IN_PROGRESS)

    def arguments_due(now: float) -> list[JobArguments]:
        return [{"pair": str(pair), "hour": hour_of(now)} for pair in tracked]

    return Job(NAME, run, arguments_due, MINUTES)


def record_table_job(record_table: RecordTable, thin_tables: ThinTables) -> Job:
    """Return the job that records a table of every currency, and then thins those that are old."""

    async def run(hour: int) -> JobResult:
        try:
            recording = await record_table(hour)
        except ExchangesMissing as missing:  # asked again in one of the minutes
            log.info("table_postponed", hour=hour, reason=str(missing))
            return JobResult(JobOutcome.NOT_NEEDED)
        except (ConversionUnavailable, NoRoute) as error:
            raise JobFailed(str(error), can_retry=False) from error
        if recording is Recording.RECORDED:
            await thin_tables()
            return JobResult(JobOutcome.DONE)
        return JobResult(JobOutcome.NOT_NEEDED, can_retry=recording is Recording.IN_PROGRESS)

    return Job(TABLE, run, lambda now: [{"hour": hour_of(now)}], MINUTES)


def _may_need(reference: NewestReferenceRates, pair: Pair) -> bool:
    return reference.may_know(pair.base) or reference.may_know(pair.quote)
