"""The job queues: in this process, through a real Redis, and the fake."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.memory.job_queue import MemoryJobQueue
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import ReclaimingStreamBroker
from adapters.taskiq.worker import TaskiqWorker
from application.jobs.job import Job, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments, QueueUnavailable
from tests.contracts.job_queue_contract import JobQueueContract, Run, Venue
from tests.unit.fakes.job_queue import FakeJobQueue

PATIENCE_SECONDS = 15
ARGUMENTS: JobArguments = {"name": "any", "number": 1}


class FakeVenue(Venue):
    def __init__(self) -> None:
        self.queue = self.fake = FakeJobQueue()

    async def runs(self, expected: int) -> list[Run]:
        assert len(self.fake.enqueued) >= expected
        return self.fake.enqueued


class RunningVenue(Venue):
    """Keeps the runs of whatever queue runs `run`."""

    def __init__(self) -> None:
        self._runs: list[Run] = []

    async def run(self, job: str, arguments: JobArguments) -> None:
        self._runs.append((job, dict(arguments)))

    async def runs(self, expected: int) -> list[Run]:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self._runs) < expected:  # noqa: ASYNC110 -- the adapters tell of no event
                await asyncio.sleep(0.01)
        return self._runs


async def attempt(name: str, number: int) -> JobResult:  # noqa: ARG001 -- as jobs are called
    return JobResult(JobOutcome.DONE)


JOBS = [Job(name, attempt, lambda _: [], frozenset()) for name in ("one", "other")]


@asynccontextmanager
async def working(url: str, venue: RunningVenue) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = TaskiqWorker(ReclaimingStreamBroker(url, 60, stop), JOBS, venue.run, queue="Redis")
    task = asyncio.create_task(worker.work(stop))
    try:
        yield
    finally:
        stop.set()
        await task


class TestFakeJobQueue(JobQueueContract):
    @pytest.fixture
    def venue(self) -> FakeVenue:
        return FakeVenue()

    async def test_what_it_cannot_enqueue_is_rejected(self, venue: FakeVenue) -> None:
        venue.fake.is_down = True
        with pytest.raises(QueueUnavailable):
            await venue.queue.enqueue("one", ARGUMENTS)


class TestMemoryJobQueue(JobQueueContract):
    @pytest.fixture
    async def venue(self) -> AsyncIterator[RunningVenue]:
        venue = RunningVenue()
        queue = venue.queue = MemoryJobQueue(venue.run)
        yield venue
        await queue.close()


class TestTaskiqJobQueue(JobQueueContract):
    @pytest.fixture
    async def venue(self, application_redis_url: str) -> AsyncIterator[RunningVenue]:
        venue = RunningVenue()
        queue = venue.queue = TaskiqJobQueue(ReclaimingStreamBroker(application_redis_url, 60, asyncio.Event()))
        async with working(application_redis_url, venue):
            yield venue
        await queue.close()

    async def test_what_it_cannot_enqueue_is_rejected(self) -> None:
        queue = TaskiqJobQueue(ReclaimingStreamBroker("redis://127.0.0.1:1/0", 60, asyncio.Event()))
        with pytest.raises(QueueUnavailable, match="Redis: ConnectionError"):
            await queue.enqueue("one", ARGUMENTS)
        await queue.close()
