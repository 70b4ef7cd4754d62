"""Long work lets others go first."""

import asyncio
from collections.abc import Generator

import pytest

from application.concurrency.cooperative import ITERATIONS_PER_REQUEST, run_cooperatively


def counting(steps: int) -> Generator[None, None, str]:
    for _ in range(steps):
        yield
    return "done"


async def test_others_have_a_turn_after_each_step() -> None:
    fetch_lock = 0

    async def other() -> None:
        nonlocal fetch_lock
        while True:
            fetch_lock += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    assert await run_cooperatively(counting(5)) == "done"
    beside.cancel()
    assert fetch_lock == 5 * ITERATIONS_PER_REQUEST


async def test_a_failure_of_the_work_is_the_caller_s() -> None:
    def failing() -> Generator[None, None, str]:
        yield
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await run_cooperatively(failing())
