"""The job that deletes expired idempotency keys."""

from collections.abc import Sequence

from application.idempotency.ports.repositories import IdempotencyRepositories
from application.jobs.job import Job, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from application.ports.clock import Clock
from application.ports.database import Database

NAME = "delete_expired_idempotency_keys"
MINUTES = frozenset({17})

# In one transaction, and in one run: a run takes seconds at most, and the next one goes on.
BATCH = 1000
MOST_BATCHES = 100


def delete_expired_keys_job(database: Database[IdempotencyRepositories], clock: Clock) -> Job:
    """Return the job."""

    async def run() -> JobResult:
        for batch in range(MOST_BATCHES):
            deleted = await database.write(lambda unit: unit.idempotency_records.delete_expired(clock.now(), BATCH))
            if deleted < BATCH:
                return JobResult(JobOutcome.DONE if deleted or batch else JobOutcome.NOT_NEEDED)
        return JobResult(JobOutcome.DONE)

    def arguments_due(_: float) -> Sequence[JobArguments]:
        return [{}]

    return Job(NAME, run, arguments_due, MINUTES)
