"""The job that deletes deliveries which ended long ago."""

from collections.abc import Sequence

from application.jobs.job import Job, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from application.ports.clock import Clock
from application.ports.database import Database
from application.webhooks.ports.repositories import EventRepositories

NAME = "delete_old_deliveries"
MINUTES = frozenset({37})

KEPT_SECONDS = 30 * 24 * 3600.0

# In one transaction, and in one run: a run takes seconds at most, and the next one goes on.
BATCH = 1000
MOST_BATCHES = 100


def delete_old_deliveries_job(database: Database[EventRepositories], clock: Clock) -> Job:
    """Return the job."""

    async def run() -> JobResult:
        before = clock.now() - KEPT_SECONDS
        for batch in range(MOST_BATCHES):
            deleted = await database.write(lambda unit: unit.deliveries.delete_ended(before, BATCH))
            if deleted < BATCH:
                return JobResult(JobOutcome.DONE if deleted or batch else JobOutcome.NOT_NEEDED)
        return JobResult(JobOutcome.DONE)

    def arguments_due(_: float) -> Sequence[JobArguments]:
        return [{}]

    return Job(NAME, run, arguments_due, MINUTES)
