"""When the tracked pairs are to be recorded, however many schedulers look."""

import pytest

from adapters.memory.claims import MemoryClaims
from application.quotes.schedule_hours import ScheduleHours
from domain.pair import Pair
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.job_queue import FakeJobQueue

HOUR = 1_714_302_000
PAIRS = [Pair.parse("BTC/USD"), Pair.parse("ETH/USDT")]
BOTH = ["BTC/USD", "ETH/USDT"]


class Schedule:
    def __init__(self, time: float = HOUR) -> None:
        self.clock = FakeClock(time)
        self.queue = FakeJobQueue()
        self.claims = MemoryClaims(self.clock)

    def scheduler(self) -> ScheduleHours:
        return ScheduleHours(pairs=PAIRS, queue=self.queue, claims=self.claims, clock=self.clock)


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
    await one()
    await other()
    assert len(schedule.queue.asked) == 2
    schedule.clock.advance(60)
    await other()
    assert len(schedule.queue.asked) == 4


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
