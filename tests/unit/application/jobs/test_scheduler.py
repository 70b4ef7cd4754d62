"""When jobs are enqueued, however many schedulers there are."""

import asyncio

import pytest
from structlog.testing import capture_logs

from application.jobs.job import Job, JobResult
from application.jobs.ports.job_queue import JobArguments
from application.jobs.scheduler import JobScheduler
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.job_queue import FakeJobQueue

HOUR = 1_714_302_000
EACH_HOUR = [0, 1, 2, 5, 10, 20, 30, 40, 50]


async def never(**_: object) -> JobResult:
    raise AssertionError("a scheduler runs nothing")


def due(now: float) -> list[JobArguments]:
    return [{"item": item, "hour": int(now // 3600) * 3600} for item in ("first", "second")]


COUNT = Job("count", never, due, frozenset(EACH_HOUR))
BOTH = [("count", arguments) for arguments in due(HOUR)]


class Schedule:
    """Schedulers that share a queue and a database."""

    def __init__(self, time: float = HOUR) -> None:
        self.clock = FakeClock(time)
        self.queue = FakeJobQueue()
        self.database = FakeDatabase()

    def scheduler(self, *jobs: Job) -> JobScheduler:
        return JobScheduler(jobs=jobs or [COUNT], queue=self.queue, database=self.database, clock=self.clock)


async def test_a_scheduler_that_starts_enqueues_every_job_whatever_the_minute() -> None:
    schedule = Schedule(HOUR + 17 * 60 + 30)
    await schedule.scheduler().tick()
    assert schedule.queue.enqueued == BOTH


async def test_a_job_is_enqueued_in_its_minutes_of_each_hour() -> None:
    schedule = Schedule(HOUR)
    scheduler = schedule.scheduler()
    minutes = []
    for minute in range(180):
        schedule.queue.enqueued.clear()
        await scheduler.tick()
        if schedule.queue.enqueued:
            minutes.append(minute)
            assert schedule.queue.enqueued == [("count", arguments) for arguments in due(HOUR + minute * 60)]
        schedule.clock.advance(60)
    assert minutes == [hour * 60 + minute for hour in range(3) for minute in EACH_HOUR]


async def test_two_schedulers_do_not_double_a_minute_and_one_alone_does_not_miss_any() -> None:
    schedule = Schedule()
    one, other = schedule.scheduler(), schedule.scheduler()
    for scheduler in (one, other):  # each does so at its start, since it cannot know whether another still runs
        await scheduler.tick()
    schedule.queue.enqueued.clear()
    for _ in range(3):
        schedule.clock.advance(60)
        await one.tick()
        await other.tick()
    assert schedule.queue.enqueued == BOTH * 2, "in minutes 1 and 2, and in 3 nothing is due"
    schedule.clock.advance(120)
    await other.tick()
    assert len(schedule.queue.enqueued) == 6


async def test_one_that_starts_in_a_minute_in_which_another_was_killed_enqueues_all_the_same() -> None:
    schedule = Schedule(HOUR + 17 * 60)
    await schedule.scheduler().tick()
    await schedule.scheduler().tick()
    assert schedule.queue.enqueued == BOTH * 2


async def test_expired_leases_are_removed_as_minutes_are_taken() -> None:
    schedule = Schedule()
    async with schedule.database.writing() as work:
        await work.leases.acquire("left by one who was killed", "killed", HOUR, HOUR + 30)
    scheduler = schedule.scheduler()
    await scheduler.tick()
    schedule.clock.advance(60)
    await scheduler.tick()
    assert list(schedule.database.rows.leases) == ["tick:count"]


async def test_two_ticks_in_a_minute_enqueue_once() -> None:
    schedule = Schedule()
    scheduler = schedule.scheduler()
    await scheduler.tick()
    schedule.clock.advance(59)
    await scheduler.tick()
    assert len(schedule.queue.enqueued) == 2


async def test_when_the_queue_is_down_the_next_minute_tries_again() -> None:
    schedule = Schedule()
    scheduler = schedule.scheduler()
    schedule.queue.is_down = True
    await scheduler.tick()
    schedule.queue.is_down = False
    schedule.clock.advance(60)
    await scheduler.tick()
    assert len(schedule.queue.enqueued) == 2


@pytest.mark.parametrize("minute", [21, 30], ids=["at its start", "later"])
async def test_what_could_not_be_enqueued_is_enqueued_in_the_next_minute(minute: int) -> None:
    schedule = Schedule(HOUR + 21 * 60)
    scheduler = schedule.scheduler()
    if minute != 21:
        await scheduler.tick()
        schedule.queue.enqueued.clear()
        schedule.clock.advance((minute - 21) * 60)
    schedule.queue.is_down = True
    await scheduler.tick()
    schedule.queue.is_down = False
    for _ in range(2):
        schedule.clock.advance(60)
        await scheduler.tick()
    assert schedule.queue.enqueued == BOTH


@pytest.mark.parametrize(("time", "seconds"), [(HOUR, 60), (HOUR + 0.25, 59.75), (HOUR + 59, 1)])
def test_the_next_tick_is_when_the_next_minute_begins(time: float, seconds: float) -> None:
    assert Schedule(time).scheduler().seconds_to_next_tick() == seconds


async def test_after_failures_it_ticks_again_soon_and_then_less_often_until_it_is_each_minute() -> None:
    schedule = Schedule(HOUR + 17 * 60)
    scheduler = schedule.scheduler()
    schedule.queue.is_down = True
    pauses = []
    for _ in range(9):
        await scheduler.tick()
        pauses.append(scheduler.seconds_to_next_tick())
        schedule.clock.advance(pauses[-1])
    assert pauses == [1, 2, 4, 8, 16, 29, 60, 60, 60]
    schedule.queue.is_down = False
    await scheduler.tick()
    assert len(schedule.queue.enqueued) == 2
    schedule.clock.advance(1)
    assert scheduler.seconds_to_next_tick() == 59


async def test_without_the_database_a_minute_is_late_rather_than_lost() -> None:
    schedule = Schedule(HOUR + 29 * 60)
    scheduler = schedule.scheduler()
    await scheduler.tick()
    schedule.queue.enqueued.clear()
    schedule.clock.advance(60)
    schedule.database.is_down = True
    await scheduler.tick()
    assert schedule.queue.enqueued == []
    assert scheduler.seconds_to_next_tick() == 1
    schedule.clock.advance(1)
    await scheduler.tick()
    assert schedule.queue.enqueued == BOTH


async def test_a_job_with_nothing_due_takes_no_lease() -> None:
    schedule = Schedule()
    scheduler = schedule.scheduler(Job("idle", never, lambda _: [], frozenset(EACH_HOUR)))
    for _ in range(3):
        await scheduler.tick()
        schedule.clock.advance(60)
    assert (schedule.queue.enqueued, schedule.database.rows.leases) == ([], {})


async def test_a_broken_schedule_takes_no_other_job_along() -> None:
    def broken(_: float) -> list[JobArguments]:
        raise ZeroDivisionError

    schedule = Schedule()
    scheduler = schedule.scheduler(Job("broken", never, broken, frozenset()), COUNT)
    with capture_logs() as events:
        await scheduler.tick()
    assert schedule.queue.enqueued == BOTH
    assert [(event["event"], event["job"]) for event in events] == [("tick_failed", "broken")]


async def test_each_job_has_its_own_minutes_and_lease() -> None:
    schedule = Schedule()
    scheduler = schedule.scheduler(COUNT, Job("other", never, lambda _: [{"item": "third"}], frozenset({1})))
    await scheduler.tick()
    schedule.queue.enqueued.clear()
    schedule.clock.advance(60)
    await scheduler.tick()
    assert schedule.queue.enqueued == [*BOTH, ("other", {"item": "third"})]
    assert list(schedule.database.rows.leases) == ["tick:count", "tick:other"]


async def test_it_runs_until_it_is_stopped() -> None:
    schedule, stop = Schedule(HOUR + 59.9), asyncio.Event()
    running = asyncio.create_task(schedule.scheduler().run(stop))
    async with asyncio.timeout(5):
        while not schedule.queue.enqueued:  # noqa: ASYNC110 -- the queue tells of no event
            await asyncio.sleep(0.001)
        stop.set()
        await running
