"""The loop is asyncio's, but for time and chance."""

import asyncio
import random
from contextlib import suppress

import pytest

from tests.simulation.loop import PROCESS, Process, SimulatedLoop, StalledError, Turn


def loop_of(seed: int = 1) -> SimulatedLoop:
    return SimulatedLoop(random.Random(seed))  # noqa: S311 -- a seed, so that a story can be told again


async def three_in_turns() -> str:
    order: list[str] = []

    async def one(name: str) -> None:
        for _ in range(4):
            order.append(name)
            await Turn()

    async with asyncio.TaskGroup() as group:
        for name in "abc":
            group.create_task(one(name))
    return "".join(order)


def test_a_seed_decides_the_order_of_all_that_is_ready() -> None:
    assert loop_of(7).run(three_in_turns()) == loop_of(7).run(three_in_turns())
    assert len({loop_of(seed).run(three_in_turns()) for seed in range(20)}) > 10


def test_hours_pass_in_no_time() -> None:
    async def sleep_long() -> float:
        with suppress(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.sleep(7200)
        return asyncio.get_running_loop().time()

    assert loop_of().run(sleep_long()) == 3600


def test_of_a_killed_process_nothing_runs_any_more() -> None:
    seen: list[str] = []

    async def work() -> None:
        try:
            seen.append("begun")
            await asyncio.sleep(5)
        finally:
            seen.append("ended")

    loop, process = loop_of(), Process("worker")

    async def main() -> list[str]:
        loop.spawn(process, work())
        await asyncio.sleep(1)
        loop.kill(process)
        await asyncio.sleep(100)
        return list(seen)

    assert loop.run(main()) == ["begun"]


def test_a_paused_process_goes_on_later() -> None:
    loop, process = loop_of(), Process("worker")

    async def work() -> float:
        await asyncio.sleep(1)
        return loop.time()

    async def main() -> float:
        task = loop.spawn(process, work())
        await asyncio.sleep(0.5)
        process.resumes_at = 60.0
        return await task

    assert loop.run(main()) == 60.0


def test_tasks_that_a_process_begins_belong_to_it() -> None:
    loop, process = loop_of(), Process("worker")

    async def child() -> Process | None:
        return PROCESS.get()

    async def parent() -> Process | None:
        return await asyncio.create_task(child())

    async def main() -> Process | None:
        return await loop.spawn(process, parent())

    assert loop.run(main()) is process


def test_waiting_for_what_never_happens_ends_the_story() -> None:
    loop = loop_of()

    async def main() -> None:
        await loop.create_future()

    with pytest.raises(StalledError):
        loop.run(main())
