import asyncio
import time

import pytest

from application.concurrency.shared_runs import SharedRuns

WORK_SECONDS = 0.01


class Work:
    """Takes a while, and returns its number."""

    def __init__(self) -> None:
        self.runs = 0

    async def __call__(self) -> int:
        self.runs += 1
        run = self.runs
        await asyncio.sleep(WORK_SECONDS)
        return run


async def test_whoever_calls_before_a_run_begins_shares_it_and_whoever_calls_later_gets_the_next() -> None:
    shared = SharedRuns(Work(), pause=0)
    first = [asyncio.create_task(shared()) for _ in range(10)]
    await asyncio.sleep(WORK_SECONDS / 2)
    later = [asyncio.create_task(shared()) for _ in range(10)]
    assert {await each for each in first} == {1}
    assert {await each for each in later} == {2}


async def test_runs_take_no_more_than_their_share_of_the_time_however_many_ask() -> None:
    shared = SharedRuns(work := Work(), pause=9)
    began = time.monotonic()

    async def ask_on_and_on() -> None:
        while time.monotonic() < began + 50 * WORK_SECONDS:
            await shared()

    await asyncio.gather(*(ask_on_and_on() for _ in range(8)))
    assert 1 < work.runs <= 1 + (time.monotonic() - began) / (10 * WORK_SECONDS)


async def test_the_first_after_a_pause_does_not_wait() -> None:
    moments = iter([0.0, 0.0, 1.0, 100.0, 100.0, 101.0])
    shared = SharedRuns(Work(), pause=1000 / WORK_SECONDS, elapsed=lambda: next(moments, 101.0))
    assert await shared() == 1
    shared._free_at = 50.0
    async with asyncio.timeout(1):
        assert await shared() == 2


async def test_a_failure_goes_to_all_who_wait_and_the_next_run_is_a_new_one() -> None:
    failures = [RuntimeError("once")]

    async def work() -> str:
        await asyncio.sleep(0)
        if failures:
            raise failures.pop()
        return "done"

    shared = SharedRuns(work, pause=0)
    for outcome in await asyncio.gather(shared(), shared(), return_exceptions=True):
        assert str(outcome) == "once"
    assert await shared() == "done"


async def test_a_caller_that_goes_away_does_not_end_the_run_of_the_others() -> None:
    shared = SharedRuns(Work(), pause=0)
    one, other = asyncio.create_task(shared()), asyncio.create_task(shared())
    await asyncio.sleep(0)
    one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await one
    assert await other == 1
