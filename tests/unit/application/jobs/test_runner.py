"""How a job is run: attempts, pauses, and what is counted and logged."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from application.jobs import runner as runner_module
from application.jobs.job import Job, JobFailed, JobResult
from application.jobs.ports.job_meter import JobOutcome
from application.jobs.runner import JobRunner
from domain.errors import DatabaseUnavailable
from tests.unit.application.market_data.waiting import settled
from tests.unit.fakes.job_meter import FakeJobMeter

DONE = JobResult(JobOutcome.DONE)
FOREVER = 3600.0


class Work:
    """A job that ends with each of `results` in turn, and then always with the last one."""

    def __init__(self, *results: JobResult | Exception) -> None:
        self._results = list(results)
        self.meter = FakeJobMeter()
        self.attempts: list[str] = []

    async def attempt(self, item: str) -> JobResult:
        self.attempts.append(item)
        result = self._results[0] if len(self._results) == 1 else self._results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    def runner(
        self, timeout_seconds: float = 20.0, run: Callable[..., Awaitable[JobResult]] | None = None
    ) -> JobRunner:
        job = Job("work", run or self.attempt, lambda _: [], frozenset())
        return JobRunner([job], self.meter, timeout_seconds)

    async def run(self, timeout_seconds: float = 20.0) -> JobOutcome:
        return await self.runner(timeout_seconds).run("work", {"item": "first"})


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner_module, "FIRST_PAUSE_SECONDS", 0.001)


@pytest.mark.parametrize("outcome", JobOutcome)
async def test_a_run_is_counted_by_how_it_ended(outcome: JobOutcome) -> None:
    work = Work(JobResult(outcome))
    assert await work.run() is outcome
    assert work.attempts == ["first"]
    assert work.meter.runs == {("work", outcome): 1}
    assert len(work.meter.seconds) == 1
    assert work.meter.seconds[0] >= 0


@pytest.mark.usefixtures("no_pauses")
@pytest.mark.parametrize(
    "failure",
    [
        DatabaseUnavailable("starting"),
        JobFailed("unreachable", can_retry=True),
        JobResult(JobOutcome.NOT_NEEDED, can_retry=True),
    ],
    ids=["database", "job", "under way elsewhere"],
)
async def test_what_may_soon_succeed_is_retried_and_counted_once(failure: JobResult | Exception) -> None:
    work = Work(failure, failure, failure, DONE)
    assert await work.run() is JobOutcome.DONE
    assert len(work.attempts) == 4
    assert work.meter.runs == {("work", JobOutcome.DONE): 1}


async def test_what_will_not_soon_succeed_is_not_retried() -> None:
    work = Work(JobFailed("refused", can_retry=False))
    with capture_logs() as events:
        assert await work.run() is JobOutcome.FAILED
    assert len(work.attempts) == 1
    assert events == [
        {"event": "job_failed", "log_level": "warning", "job": "work", "item": "first", "reason": "refused"}
    ]


async def test_a_bug_in_a_job_is_logged_and_counted_as_a_failure() -> None:
    work = Work(ZeroDivisionError("by nought"))
    with capture_logs() as events:
        assert await work.run() is JobOutcome.FAILED
    assert [(each["event"], each["log_level"], each["exc_info"]) for each in events] == [("job_failed", "error", True)]
    assert work.meter.runs == {("work", JobOutcome.FAILED): 1}


async def test_arguments_that_do_not_fit_the_job_are_a_failure() -> None:
    work = Work(DONE)
    assert await work.runner().run("work", {"unknown": 1}) is JobOutcome.FAILED


async def test_an_attempt_that_takes_too_long_is_cancelled_and_not_retried() -> None:
    async def hang(item: str) -> JobResult:  # noqa: ARG001 -- as jobs are called
        await asyncio.Event().wait()
        return DONE

    work = Work(DONE)
    with capture_logs() as events:
        assert await work.runner(0.01, hang).run("work", {"item": "first"}) is JobOutcome.FAILED
    assert [event["reason"] for event in events] == ["timed out"]


async def test_pauses_double_and_the_last_attempt_is_when_the_timeout_has_passed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    now = 0.0

    async def pass_time(_: asyncio.Event, seconds: float) -> None:
        nonlocal now
        pauses.append(seconds)
        now += seconds

    monkeypatch.setattr(runner_module, "wait_until_set", pass_time)
    monkeypatch.setattr("time.perf_counter", lambda: now)
    work = Work(DatabaseUnavailable("gone"))
    assert await work.run(timeout_seconds=10.0) is JobOutcome.FAILED
    assert pauses == [1, 2, 4, 3]
    assert len(work.attempts) == 5
    assert work.meter.seconds == [10]


async def test_a_run_that_waits_ends_with_its_process() -> None:
    work = Work(DatabaseUnavailable("gone"))
    runner = work.runner(FOREVER)
    working = asyncio.create_task(runner.run("work", {"item": "first"}))
    await settled()
    assert not working.done()
    runner.stop_retrying()
    async with asyncio.timeout(5):
        assert await working is JobOutcome.FAILED
    assert len(work.attempts) == 2, "once more, at once"
