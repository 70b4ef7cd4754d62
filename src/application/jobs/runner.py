"""Run jobs: with a timeout, retries, a metric, and a line in the log."""

import asyncio
import time
from collections.abc import Iterable

import structlog

from application.concurrency.waiting import wait_until_set
from application.jobs.job import Job, JobFailed, JobResult
from application.jobs.ports.job_meter import JobMeter, JobOutcome
from application.jobs.ports.job_queue import Payload
from domain.errors import CrossrateError, DatabaseUnavailable

# Between the first attempt and the second; each further pause is twice as long.
FIRST_PAUSE_SECONDS = 1.0

log = structlog.get_logger()


class JobRunner:
    """Retries with growing pauses what may soon succeed, such as a job whose database is still starting.

    Everything else that failed is left to the next time that the schedule asks for it.
    """

    def __init__(self, jobs: Iterable[Job], meter: JobMeter, timeout_seconds: float) -> None:
        """Cancel an attempt after `timeout_seconds`, and start none once a run has taken that long.

        The last attempt starts just then, so that it finds every lease expired that was taken before the run.
        """
        self._jobs = {job.name: job for job in jobs}
        self._meter = meter
        self._timeout_seconds = timeout_seconds
        self._is_stopping = asyncio.Event()

    async def run(self, name: str, payload: Payload) -> JobOutcome:
        """Run a job and return how it ended, after twice the timeout at most. Never raises for what the job does."""
        started = time.perf_counter()
        pause_seconds = FIRST_PAUSE_SECONDS
        while True:
            result = await self._attempt(self._jobs[name], payload)
            seconds = time.perf_counter() - started
            if not result.can_retry or seconds >= self._timeout_seconds or self._is_stopping.is_set():
                break
            await wait_until_set(self._is_stopping, min(pause_seconds, self._timeout_seconds - seconds))
            pause_seconds *= 2
        self._meter.job_ended(name, result.outcome, seconds)
        return result.outcome

    def stop_retrying(self) -> None:
        """Cut every pause short and make the attempt after it the last: the process is stopping."""
        self._is_stopping.set()

    async def _attempt(self, job: Job, payload: Payload) -> JobResult:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await job.run(**payload)
        except (CrossrateError, TimeoutError) as error:
            log.warning("job_failed", **_fields(job, payload), reason=str(error) or "timed out")
            return JobResult(JobOutcome.FAILED, can_retry=_can_retry(error))
        except Exception:  # a bug in one job must not end the process that runs all of them
            log.exception("job_failed", **_fields(job, payload))
            return JobResult(JobOutcome.FAILED)


def _can_retry(error: Exception) -> bool:
    return isinstance(error, DatabaseUnavailable) or (isinstance(error, JobFailed) and error.can_retry)


def _fields(job: Job, payload: Payload) -> dict[str, str | int]:
    return {**payload, "job": job.name}
