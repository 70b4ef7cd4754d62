import asyncio
import traceback
from collections.abc import AsyncIterator

import pytest

from application.concurrency.single_flight import SingleFlight


class Work:
    """Ends when the test says so."""

    def __init__(self) -> None:
        self.runs = 0
        self.gate = asyncio.Event()
        self.failure: Exception | None = None

    async def __call__(self) -> int:
        self.runs += 1
        run = self.runs
        await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return run


@pytest.fixture
async def flights() -> AsyncIterator[SingleFlight[str, int]]:
    flights: SingleFlight[str, int] = SingleFlight()
    yield flights
    await flights.close()


async def reach_first_wait(*tasks: asyncio.Task[int]) -> None:
    """Let every task reach its first wait."""
    for _ in range(2 * len(tasks) + 2):
        await asyncio.sleep(0)


async def test_callers_with_the_same_key_share_one_run(flights: SingleFlight[str, int]) -> None:
    work = Work()
    callers = [asyncio.create_task(flights.run("a", work)) for _ in range(5)]
    await reach_first_wait(*callers)
    work.gate.set()

    assert await asyncio.gather(*callers) == [1] * 5


async def test_callers_with_different_keys_do_not_wait_for_each_other(flights: SingleFlight[str, int]) -> None:
    slow, fast = Work(), Work()
    fast.gate.set()
    waiting = asyncio.create_task(flights.run("slow", slow))
    await reach_first_wait(waiting)

    assert await flights.run("fast", fast) == 1
    assert not waiting.done()


async def test_a_caller_after_the_end_starts_a_new_run(flights: SingleFlight[str, int]) -> None:
    work = Work()
    work.gate.set()

    assert [await flights.run("a", work), await flights.run("a", work)] == [1, 2]


async def test_a_caller_in_the_moment_of_the_end_starts_a_new_run(flights: SingleFlight[str, int]) -> None:
    work = Work()
    work.gate.set()
    ended = flights.start("a", work)
    again: list[asyncio.Task[int]] = []
    ended.add_done_callback(lambda _: again.append(flights.start("a", work)))
    await ended
    await asyncio.sleep(0)

    assert await again[0] == 2


async def test_a_cancelled_caller_does_not_cancel_the_run_for_the_others(flights: SingleFlight[str, int]) -> None:
    work = Work()
    first, second = (asyncio.create_task(flights.run("a", work)) for _ in range(2))
    await reach_first_wait(first, second)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    work.gate.set()

    assert await second == 1


async def test_the_run_goes_on_when_every_caller_was_cancelled(flights: SingleFlight[str, int]) -> None:
    work = Work()
    only = asyncio.create_task(flights.run("a", work))
    await reach_first_wait(only)
    only.cancel()
    await asyncio.wait([only])
    later = asyncio.create_task(flights.run("a", work))
    await reach_first_wait(later)
    work.gate.set()

    assert await later == 1


async def test_every_caller_gets_the_exception_and_its_traceback_does_not_grow(
    flights: SingleFlight[str, int],
) -> None:
    work = Work()
    work.failure = OSError("down")
    callers = [asyncio.create_task(flights.run("a", work)) for _ in range(5)]
    await reach_first_wait(*callers)
    work.gate.set()

    depths = []
    for caller in callers:
        with pytest.raises(OSError, match="down") as caught:
            await caller
        depths.append(len(traceback.extract_tb(caught.value.__traceback__)))
    assert work.runs == 1
    assert max(depths) == depths[0]


async def test_an_exception_nobody_waited_for_is_not_reported_as_never_retrieved(
    flights: SingleFlight[str, int],
) -> None:
    reported: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    work = Work()
    work.failure = OSError("down")
    work.gate.set()
    run = flights.start("a", work)
    await asyncio.wait([run])
    await asyncio.sleep(0)
    del run

    asyncio.get_running_loop().set_exception_handler(None)
    assert reported == []


async def test_closing_cancels_the_runs_and_their_waiters(flights: SingleFlight[str, int]) -> None:
    waiting = asyncio.create_task(flights.run("a", Work()))
    await reach_first_wait(waiting)
    await flights.close()

    with pytest.raises(asyncio.CancelledError):
        await waiting
