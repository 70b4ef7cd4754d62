"""A worker: reads messages from the stream and runs the jobs that they name."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from taskiq import AsyncBroker
from taskiq.receiver import Receiver

from adapters.redis_clients import reason_of
from application.concurrency.waiting import wait_until_set
from application.jobs.job import Job
from application.jobs.ports.job_queue import JobArguments

# Concurrent jobs of one worker. Each may hold a database connection.
MAX_JOBS = 4

# How long running jobs may take after the worker is asked to stop.
GRACE_SECONDS = 15.0

PAUSE_SECONDS = 1.0

Run = Callable[[str, JobArguments], Awaitable[object]]

log = structlog.get_logger()


class TaskiqWorker:
    """Runs `jobs` by calling `run` with their names and arguments. `queue` says in the log where they come from."""

    def __init__(self, broker: AsyncBroker, jobs: Iterable[Job], run: Run, queue: str) -> None:
        logging.getLogger("taskiq").setLevel(logging.WARNING)  # three lines a second while Redis is down
        self._queue = queue
        broker.is_worker_process = True
        self._broker = broker
        for job in jobs:
            broker.register_task(_handler(job, run), task_name=job.name)

    async def work(self, stop: asyncio.Event) -> None:
        """Run jobs until `stop` is set, then finish those in progress. While Redis is down, wait for it."""
        try:
            while not stop.is_set():
                receiver = Receiver(
                    self._broker,
                    run_startup=False,
                    validate_params=False,
                    max_async_tasks=MAX_JOBS,
                    wait_tasks_timeout=GRACE_SECONDS,
                )
                try:
                    await receiver.listen(stop)
                except Exception as error:  # noqa: BLE001 -- no error may end the worker
                    log.warning("worker_interrupted", queue=self._queue, reason=_reason_of(error))
                    await wait_until_set(stop, PAUSE_SECONDS)
        finally:
            await self._broker.shutdown()


def _handler(job: Job, run: Run) -> Callable[..., Awaitable[None]]:
    signature = inspect.signature(job.run)

    async def handle(*positional: Any, **named: Any) -> None:  # noqa: ANN401 -- whatever a message holds
        try:
            arguments = signature.bind(*positional, **named).arguments  # earlier versions sent positional arguments
        except TypeError as error:
            log.warning("message_dropped", job=job.name, reason=str(error))
        else:
            await run(job.name, arguments)

    return handle


def _reason_of(error: Exception) -> str:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    return reason_of(error)
