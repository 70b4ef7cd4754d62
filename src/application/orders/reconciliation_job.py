"""The job that reconciles orders, ledger and venues."""

from collections.abc import Sequence

from application.jobs.job import Job, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments
from application.orders.reconcile import Reconcile

NAME = "reconcile_orders"
MINUTES = frozenset(range(3, 60, 5))


def reconcile_job(reconcile: Reconcile) -> Job:
    """Return the job."""

    async def run() -> JobResult:
        await reconcile()
        return JobResult(JobOutcome.DONE)

    def arguments_due(_: float) -> Sequence[JobArguments]:
        return [{}]

    return Job(NAME, run, arguments_due, MINUTES)
