"""What a worker makes of messages; tests/integration/jobs/test_stream.py tests it over a real stream."""

from taskiq import InMemoryBroker

from adapters.taskiq.worker import TaskiqWorker
from application.jobs.job import Job, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.ports.job_queue import JobArguments

Run = tuple[str, JobArguments]


async def attempt(pair: str, hour: int) -> JobResult:  # noqa: ARG001 -- as jobs are called
    return JobResult(JobOutcome.DONE)


async def runs_of(*args: object, **kwargs: object) -> list[Run]:
    """Return what a worker runs for a message with these arguments."""
    runs: list[Run] = []

    async def run(job: str, arguments: JobArguments) -> None:
        runs.append((job, dict(arguments)))

    broker = InMemoryBroker()
    TaskiqWorker(broker, [Job("record_hour", attempt, lambda _: [], frozenset())], run, queue="Redis")
    task = broker.find_task("record_hour")
    assert task is not None
    await task.original_func(*args, **kwargs)
    return runs


async def test_fields_by_name_are_the_arguments() -> None:
    assert await runs_of(pair="BTC/USD", hour=1) == [("record_hour", {"pair": "BTC/USD", "hour": 1})]


async def test_fields_by_position_are_understood_as_earlier_versions_sent_them() -> None:
    assert await runs_of("BTC/USD", 1) == [("record_hour", {"pair": "BTC/USD", "hour": 1})]


async def test_fields_that_do_not_fit_the_job_are_dropped() -> None:
    assert await runs_of("BTC/USD") == []
    assert await runs_of("BTC/USD", 1, 2) == []
    assert await runs_of(pair="BTC/USD", hour=1, minute=2) == []
