"""The job that deletes expired price locks."""

from collections.abc import Sequence

from application.jobs.job import Job, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from application.orders.ports.repositories import OrderingRepositories
from application.ports.clock import Clock
from application.ports.database import Database

NAME = "delete_expired_price_locks"
MINUTES = frozenset({47})

# A lock is kept for as long as its buyer may ask why an order was refused.
KEPT_SECONDS = 3600.0

# In one transaction, and in one run: a run takes seconds at most, and the next one goes on.
CHUNK = 1000
MOST_CHUNKS = 100


def delete_expired_price_locks_job(database: Database[OrderingRepositories], clock: Clock) -> Job:
    """Return the job."""

    async def run() -> JobResult:
        before = clock.now() - KEPT_SECONDS
        for chunk in range(MOST_CHUNKS):
            deleted = await database.write(lambda unit: unit.price_locks.delete_expired(before, CHUNK))
            if deleted < CHUNK:
                return JobResult(JobOutcome.DONE if deleted or chunk else JobOutcome.NOT_NEEDED)
        return JobResult(JobOutcome.DONE)

    def arguments_due(_: float) -> Sequence[JobArguments]:
        return [{}]

    return Job(NAME, run, arguments_due, MINUTES)
