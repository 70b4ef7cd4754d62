"""When the tracked pairs are to be recorded, however many schedulers look."""

import pytest

from application.quotes.schedule_hours import ScheduleHours
from domain.pair import Pair
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.job_queue import FakeJobQueue

HOUR = 1_714_302_000
PAIRS = [Pair.parse("BTC/USD"), Pair.parse("ETH/USDT")]
BOTH = ["BTC/USD", "ETH/USDT"]


class Schedule:
    def __init__(self, time: float = HOUR) -> None:
        self.clock = FakeClock(time)
        self.queue = FakeJobQueue()
        self.database = FakeDatabase()

    def scheduler(self) -> ScheduleHours:
        return ScheduleHours(pairs=PAIRS, queue=self.queue, database=self.database, clock=self.clock)


async def test_every_pair_is_recorded_when_a_scheduler_starts_whatever_the_minute() -> None:
    schedule = Schedule(HOUR + 17 * 60 + 30)
    await schedule.scheduler()()
    assert schedule.queue.asked == [(pair, HOUR) for pair in BOTH]


async def test_an_hour_is_asked_for_on_the_hour_and_again_while_it_lasts() -> None:
    schedule = Schedule(HOUR)
    tick = schedule.scheduler()
    minutes = []
    for minute in range(180):
        schedule.queue.asked.clear()
        await tick()
        if schedule.queue.asked:
            minutes.append(minute)
            assert schedule.queue.asked == [(pair, HOUR + minute // 60 * 3600) for pair in BOTH]
        schedule.clock.advance(60)
    each_hour = [0, 1, 2, 5, 10, 20, 30, 40, 50]
    assert minutes == [hour * 60 + minute for hour in range(3) for minute in each_hour]


async def test_two_schedulers_do_not_double_a_minute_and_one_alone_does_not_miss_any() -> None:
    schedule = Schedule()
    one, other = schedule.scheduler(), schedule.scheduler()
    for tick in (one, other):  # at its start each asks: nobody knows what became of the other
        await tick()
    schedule.queue.asked.clear()
    for _ in range(3):
        schedule.clock.advance(60)
        await one()
        await other()
    assert schedule.queue.asked == [(pair, HOUR) for pair in BOTH] * 2, "in minutes 1 and 2, and in 3 nothing is due"
    schedule.clock.advance(120)
    await other()
    assert len(schedule.queue.asked) == 6


async def test_one_that_starts_in_a_minute_that_another_was_killed_in_asks_all_the_same() -> None:
    schedule = Schedule(HOUR + 17 * 60)
    await schedule.scheduler()()
    await schedule.scheduler()()
    assert schedule.queue.asked == [(pair, HOUR) for pair in BOTH] * 2


async def test_claims_that_have_ended_are_forgotten_as_minutes_are_taken() -> None:
    schedule = Schedule()
    async with schedule.database.writing() as work:
        await work.leases.take("left by one who was killed", "killed", HOUR, HOUR + 30)
    tick = schedule.scheduler()
    await tick()
    schedule.clock.advance(60)
    await tick()
    assert list(schedule.database.rows.leases) == ["tick:record_hour"]


async def test_one_that_looks_twice_in_a_minute_asks_once() -> None:
    schedule = Schedule()
    tick = schedule.scheduler()
    await tick()
    schedule.clock.advance(59)
    await tick()
    assert len(schedule.queue.asked) == 2


async def test_where_nothing_can_be_handed_on_the_next_minute_tries_again() -> None:
    schedule = Schedule()
    tick = schedule.scheduler()
    schedule.queue.is_down = True
    await tick()
    schedule.queue.is_down = False
    schedule.clock.advance(60)
    await tick()
    assert len(schedule.queue.asked) == 2


@pytest.mark.parametrize("minute", [21, 30], ids=["at its start", "later"])
async def test_what_could_not_be_handed_on_is_handed_on_the_next_minute(minute: int) -> None:
    schedule = Schedule(HOUR + 21 * 60)
    tick = schedule.scheduler()
    if minute != 21:
        await tick()
        schedule.queue.asked.clear()
        schedule.clock.advance((minute - 21) * 60)
    schedule.queue.is_down = True
    await tick()
    schedule.queue.is_down = False
    for _ in range(2):
        schedule.clock.advance(60)
        await tick()
    assert schedule.queue.asked == [(pair, HOUR) for pair in BOTH]


@pytest.mark.parametrize(("time", "seconds"), [(HOUR, 60), (HOUR + 0.25, 59.75), (HOUR + 59, 1)])
def test_it_looks_again_when_the_next_minute_begins(time: float, seconds: float) -> None:
    assert Schedule(time).scheduler().seconds_to_next() == seconds


async def test_after_failures_it_looks_again_soon_and_then_less_often_until_it_is_each_minute() -> None:
    schedule = Schedule(HOUR + 17 * 60)
    tick = schedule.scheduler()
    schedule.queue.is_down = True
    pauses = []
    for _ in range(9):
        await tick()
        pauses.append(tick.seconds_to_next())
        schedule.clock.advance(pauses[-1])
    assert pauses == [1, 2, 4, 8, 16, 29, 60, 60, 60]
    schedule.queue.is_down = False
    await tick()
    assert len(schedule.queue.asked) == 2
    schedule.clock.advance(1)
    assert tick.seconds_to_next() == 59


async def test_without_the_database_a_minute_is_owed_rather_than_lost() -> None:
    schedule = Schedule(HOUR + 29 * 60)
    tick = schedule.scheduler()
    await tick()
    schedule.queue.asked.clear()
    schedule.clock.advance(60)
    schedule.database.is_down = True
    await tick()
    assert schedule.queue.asked == []
    assert tick.seconds_to_next() == 1
    schedule.clock.advance(1)
    await tick()
    assert schedule.queue.asked == [(pair, HOUR) for pair in BOTH]
