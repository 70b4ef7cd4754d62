"""Long work yields to the event loop."""

import asyncio
from collections.abc import Generator

import pytest

from application.concurrency.cooperative import ITERATIONS_PER_REQUEST, run_cooperatively


def counting(steps: int) -> Generator[None, None, str]:
    for _ in range(steps):
        yield
    return "done"


async def test_other_tasks_run_after_each_slice() -> None:
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


async def test_an_exception_in_a_slice_reaches_the_caller() -> None:
    def failing() -> Generator[None, None, str]:
        yield
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await run_cooperatively(failing())
