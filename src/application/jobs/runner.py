"""Run jobs with a timeout, retries, metrics and logging."""

import asyncio
import time
from collections.abc import Iterable

import structlog

from application.concurrency.waiting import wait_until_set
from application.jobs.job import Job, JobFailed, JobResult
from application.jobs.ports.job_meter import JobMeter, JobOutcome
from application.jobs.ports.job_queue import JobArguments
from domain.errors import CrossrateError, DatabaseUnavailable

# Between the first and second attempt; each further pause is twice as long.
FIRST_PAUSE_SECONDS = 1.0

log = structlog.get_logger()


class JobRunner:
    """Retries failures that may soon pass, such as a database that is still starting, with growing pauses.

    Other failed jobs wait until their schedule makes them due again.
    """

    def __init__(self, jobs: Iterable[Job], meter: JobMeter, timeout_seconds: float) -> None:
        """Cancel an attempt after `timeout_seconds`, and start no attempt later than that after the run's start.

        The last attempt starts exactly then, when every lease acquired before the run has expired.
        """
        self._jobs = {job.name: job for job in jobs}
        self._meter = meter
        self._timeout_seconds = timeout_seconds
        self._is_stopping = asyncio.Event()

    async def run(self, name: str, arguments: JobArguments) -> JobOutcome:
        """Run a job and return its outcome, within twice the timeout. Never raises what the job raises."""
        started = time.perf_counter()
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            result = await self._attempt(self._jobs[name], arguments)
            seconds = time.perf_counter() - started
            if not result.can_retry or seconds >= self._timeout_seconds or self._is_stopping.is_set():
                break
            await wait_until_set(self._is_stopping, min(pause_seconds, self._timeout_seconds - seconds))
            pause_seconds *= 2
        self._meter.job_ended(name, result.outcome, seconds)
        return result.outcome

    def stop_retrying(self) -> None:
        """Skip pauses and make the next attempt of each run its last, because the process is stopping."""
        self._is_stopping.set()

    async def _attempt(self, job: Job, arguments: JobArguments) -> JobResult:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await job.run(**arguments)
        except (CrossrateError, TimeoutError) as error:
            log.warning("job_failed", **_fields(job, arguments), reason=str(error) or "timed out")
            return JobResult(JobOutcome.FAILED, can_retry=_can_retry(error))
        except Exception:  # a bug in one job must not end the process that runs all of them
            log.exception("job_failed", **_fields(job, arguments))
            return JobResult(JobOutcome.FAILED)


def _can_retry(error: Exception) -> bool:
    return isinstance(error, DatabaseUnavailable) or (isinstance(error, JobFailed) and error.can_retry)


def _fields(job: Job, arguments: JobArguments) -> dict[str, str | int]:
    return {**arguments, "job": job.name}
