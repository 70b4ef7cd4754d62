"""A job queue that runs jobs in this process."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from application.concurrency.single_flight import SingleFlight
from application.jobs.ports.job_queue import JobArguments, JobQueue


class MemoryJobQueue(JobQueue):
    """Starts a job immediately, unless it is already running with the same arguments."""

    def __init__(self, run: Callable[[str, JobArguments], Coroutine[Any, Any, object]]) -> None:
        """`run` runs the named job and never raises."""
        self._run = run
        self._runs: SingleFlight[tuple[str, frozenset[tuple[str, str | int]]], object] = SingleFlight()

    async def enqueue(self, job: str, arguments: JobArguments) -> None:
        """Start the job."""
        self._runs.start((job, frozenset(arguments.items())), partial(self._run, job, arguments))

    async def close(self) -> None:
        """Cancel the jobs in flight."""
        await self._runs.close()
