"""Long work lets others go first."""

import asyncio
from collections.abc import Generator

import pytest

from application.turns import ROUNDS_OF_AN_ANSWER, in_turns


def counting(steps: int) -> Generator[None, None, str]:
    for _ in range(steps):
        yield
    return "done"


async def test_others_have_a_turn_after_each_step() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    assert await in_turns(counting(5)) == "done"
    beside.cancel()
    assert turns == 5 * ROUNDS_OF_AN_ANSWER


async def test_a_failure_of_the_work_is_the_caller_s() -> None:
    def failing() -> Generator[None, None, str]:
        yield
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        await in_turns(failing())
