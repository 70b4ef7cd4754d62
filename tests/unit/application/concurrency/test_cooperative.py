"""Long work yields to the event loop."""

import asyncio
from collections.abc import Generator

import pytest

from application.concurrency.cooperative import (
    ITERATIONS_PER_REQUEST,
    begin_slice,
    run_cooperatively,
    slice_is_over,
    yield_to_event_loop,
)
from tests.unit.fakes.slices import ROWS_PER_SLICE, rows_take_a_tenth_of_a_slice


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


async def test_however_many_work_in_slices_a_request_waits_for_one_of_them() -> None:
    slices, most_between = 0, 0

    def working() -> Generator[None, None, None]:
        nonlocal slices
        for _ in range(20):
            slices += 1
            yield

    async def requests() -> None:
        nonlocal most_between
        while True:
            before = slices
            for _ in range(ITERATIONS_PER_REQUEST):
                await asyncio.sleep(0)
            most_between = max(most_between, slices - before)

    async with asyncio.TaskGroup() as group:
        working_beside = [group.create_task(run_cooperatively(working())) for _ in range(10)]
        await asyncio.sleep(0)  # each begins with a slice
        asking = asyncio.create_task(requests())
        await asyncio.wait(working_beside)
        asking.cancel()
    assert slices == 200
    assert most_between <= 2


@pytest.mark.parametrize("moment", range(4 * ITERATIONS_PER_REQUEST))
@pytest.mark.parametrize("number", range(3))
async def test_what_is_cancelled_at_any_moment_frees_its_turn(moment: int, number: int) -> None:
    working = [asyncio.create_task(run_cooperatively(counting(2))) for _ in range(3)]
    for _ in range(moment):
        await asyncio.sleep(0)
    working[number].cancel()
    async with asyncio.timeout(5):
        ended = await asyncio.gather(*working, return_exceptions=True)
        await yield_to_event_loop()
    assert [each for at, each in enumerate(ended) if at != number] == ["done", "done"]


async def test_what_waits_for_input_between_its_slices_has_no_turn_meanwhile() -> None:
    async def waiting() -> None:
        await yield_to_event_loop()
        await asyncio.Event().wait()

    slow = [asyncio.create_task(waiting()) for _ in range(3)]
    async with asyncio.timeout(5):
        assert await run_cooperatively(counting(5)) == "done"
        await asyncio.sleep(0.01)
        assert await run_cooperatively(counting(5)) == "done"
    for each in slow:
        each.cancel()
    await asyncio.wait(slow)


async def test_work_that_begins_has_a_slice_at_once_unless_others_wait_for_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows_take_a_tenth_of_a_slice(monkeypatch)
    assert slice_is_over()
    begin_slice()
    assert not slice_is_over()
    assert [slice_is_over() for _ in range(ROWS_PER_SLICE)][-1]
    waiting = asyncio.create_task(yield_to_event_loop())
    await asyncio.sleep(0)
    begin_slice()
    assert slice_is_over()
    await waiting
    assert not slice_is_over()


async def test_one_slice_begins_in_an_iteration_however_much_work_does(monkeypatch: pytest.MonkeyPatch) -> None:
    rows_take_a_tenth_of_a_slice(monkeypatch)
    for _ in range(ROWS_PER_SLICE):
        begin_slice()
        slice_is_over()
    assert slice_is_over()
    await asyncio.sleep(0)
    begin_slice()
    assert not slice_is_over()


async def test_what_had_its_turn_begins_no_other_slice_in_the_same_iteration(monkeypatch: pytest.MonkeyPatch) -> None:
    rows_take_a_tenth_of_a_slice(monkeypatch)
    await yield_to_event_loop()
    for _ in range(ROWS_PER_SLICE):
        slice_is_over()
    begin_slice()
    assert slice_is_over()
