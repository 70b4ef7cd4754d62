"""The jobs that keep a bank's reference rates."""

from collections.abc import Sequence
from datetime import date

from application.jobs.job import Job, JobFailed, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from application.ports.clock import Clock
from application.rates.keep_reference_rates import Keeping, KeepReferenceRates
from domain.rates.bank_days import GRACE_SECONDS, latest_bank_day, published_at
from domain.rates.errors import ExchangeUnavailable

PUBLICATION = "keep_reference_rates"
HISTORY = "keep_reference_history"

# From the hour of publication on, with growing pauses. A publication that is kept costs one database query.
MINUTES = frozenset({0, 1, 2, 4, 8, 16, 32})
HISTORY_MINUTES = frozenset({12})

_RESULTS = {
    Keeping.KEPT: JobResult(JobOutcome.DONE),
    Keeping.ALREADY_KEPT: JobResult(JobOutcome.NOT_NEEDED),
    # The process that holds the lease may have been killed.
    Keeping.IN_PROGRESS: JobResult(JobOutcome.NOT_NEEDED, can_retry=True),
    Keeping.NOT_PUBLISHED: JobResult(JobOutcome.NOT_NEEDED),
}


def keep_reference_rates_job(keep: KeepReferenceRates, clock: Clock) -> Job:
    """Return the job that keeps the newest publication that is due."""

    async def run(day: str) -> JobResult:
        due = date.fromisoformat(day)
        try:
            keeping = await keep.publication(due)
        except ExchangeUnavailable as error:
            raise JobFailed(str(error), can_retry=error.is_transient) from error
        if keeping is Keeping.NOT_PUBLISHED and clock.now() >= published_at(due) + GRACE_SECONDS:
            raise JobFailed(f"the bank has not published the rates of {day}", can_retry=False)
        return _RESULTS[keeping]

    def arguments_due(now: float) -> Sequence[JobArguments]:
        return [{"day": str(latest_bank_day(now))}]

    return Job(PUBLICATION, run, arguments_due, MINUTES)


def keep_reference_history_job(keep: KeepReferenceRates) -> Job:
    """Return the job that keeps what is missing of the history."""

    async def run() -> JobResult:
        try:
            return _RESULTS[await keep.history()]
        except ExchangeUnavailable as error:
            raise JobFailed(str(error), can_retry=error.is_transient) from error

    return Job(HISTORY, run, lambda _: [{}], HISTORY_MINUTES)
