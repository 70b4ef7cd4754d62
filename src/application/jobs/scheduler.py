"""Enqueue due jobs, with any number of schedulers."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from secrets import token_hex

import structlog

from application.concurrency.ports.repositories import LeaseRepositories
from application.concurrency.waiting import wait_until_set
from application.jobs.job import Job
from application.jobs.ports.job_queue import JobArguments, JobQueue, QueueUnavailable
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import DatabaseUnavailable

MINUTE_SECONDS = 60
MINUTES_PER_HOUR = 60

# After the first failure; doubled after each further one, at most until the next minute.
FIRST_PAUSE_SECONDS = 1.0

log = structlog.get_logger()


@dataclass(slots=True)
class _Progress:
    """This scheduler's state of one job."""

    job: Job
    is_overdue: bool = True  # at the start, and after a failure
    failures_in_a_row: int = 0
    last_minute: int = -1


class JobScheduler:
    """In each minute in which a job is due, the scheduler that acquires the minute's lease enqueues it.

    After its start or a failure, a scheduler enqueues without a lease: the holder may have been killed.
    """

    def __init__(
        self, *, jobs: Iterable[Job], queue: JobQueue, database: Database[LeaseRepositories], clock: Clock
    ) -> None:
        self._progress = [_Progress(job) for job in jobs]
        self._queue = queue
        self._database = database
        self._clock = clock
        self._holder = token_hex(16)

    async def run(self, stop: asyncio.Event) -> None:
        """Tick now and at the beginning of each minute, until `stop` is set."""
        while not stop.is_set():
            await self.tick()
            await wait_until_set(stop, self.seconds_to_next_tick())

    async def tick(self) -> None:
        """Enqueue the jobs that are due in this minute or overdue."""
        for progress in self._progress:
            try:
                await self._tick(progress)
            except Exception:  # a bug in one job's schedule must not end the scheduler
                log.exception("tick_failed", job=progress.job.name)

    def seconds_to_next_tick(self) -> float:
        """Return the seconds to the next minute, or fewer after a failure."""
        to_next_minute = MINUTE_SECONDS - self._clock.now() % MINUTE_SECONDS
        failures = [each.failures_in_a_row for each in self._progress if each.failures_in_a_row]
        if not failures:
            return to_next_minute
        return min(to_next_minute, FIRST_PAUSE_SECONDS * 2.0 ** min(min(failures) - 1, 10))

    async def _tick(self, progress: _Progress) -> None:
        now = self._clock.now()
        minute = int(now // MINUTE_SECONDS)
        is_due = minute % MINUTES_PER_HOUR in progress.job.minutes and minute != progress.last_minute
        arguments_due = progress.job.arguments_due(now) if progress.is_overdue or is_due else ()
        if not arguments_due:
            return
        try:
            if progress.is_overdue or await self._acquire_minute(progress.job):
                await self._enqueue(progress.job, arguments_due)
        except (QueueUnavailable, DatabaseUnavailable) as error:
            progress.is_overdue = True
            progress.failures_in_a_row += 1
            log.warning("tick_failed", job=progress.job.name, reason=str(error))
        else:
            progress.is_overdue, progress.failures_in_a_row, progress.last_minute = False, 0, minute

    async def _acquire_minute(self, job: Job) -> bool:
        async def acquire(unit: LeaseRepositories) -> bool:
            now = self._clock.now()
            until = now - now % MINUTE_SECONDS + MINUTE_SECONDS
            is_ours = await unit.leases.acquire(f"tick:{job.name}", self._holder, now, until)
            if is_ours:
                await unit.leases.delete_expired(now)
            return is_ours

        return await self._database.write(acquire)

    async def _enqueue(self, job: Job, arguments_due: Sequence[JobArguments]) -> None:
        for arguments in arguments_due:
            await self._queue.enqueue(job.name, arguments)
