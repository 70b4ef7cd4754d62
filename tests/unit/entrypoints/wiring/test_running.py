"""Background tasks end with the service, and their failures are logged."""

import asyncio

from structlog.testing import capture_logs

from entrypoints.wiring.running import background_task, finishing_task


async def test_work_that_fails_is_logged_and_ends_nothing_else() -> None:
    async def work() -> None:
        raise RuntimeError("broken")

    with capture_logs() as events:
        async with background_task(work()):
            await asyncio.sleep(0.01)
    # Work that an earlier test left behind may log as well.
    assert [str(each["exc_info"]) for each in events if each["event"] == "background_work_failed"] == ["broken"]


async def test_work_that_still_runs_is_cancelled_without_a_log_line() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended = True

    with capture_logs() as events:
        async with background_task(work()):
            await asyncio.sleep(0)
    assert ended
    assert events == []


async def test_work_that_ends_by_itself_after_the_stop_is_waited_for() -> None:
    stop, steps = asyncio.Event(), list[str]()

    async def work() -> None:
        await stop.wait()
        await asyncio.sleep(0.02)
        steps.append("finished")

    with capture_logs() as events:
        async with finishing_task(work(), stop, 5):
            await asyncio.sleep(0)
            stop.set()
    assert (steps, events) == (["finished"], [])


async def test_work_that_does_not_end_is_cancelled_when_its_time_after_the_stop_is_over() -> None:
    stop, steps = asyncio.Event(), list[str]()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            steps.append("cancelled")

    async with asyncio.timeout(5), finishing_task(work(), stop, 0.02):
        stop.set()
        await asyncio.sleep(0.1)
        assert steps == ["cancelled"], "its time is counted from the stop, not from the end of the block"


async def test_a_block_that_ends_without_a_stop_ends_the_work_too() -> None:
    stop = asyncio.Event()

    async def work() -> None:
        await stop.wait()

    async with asyncio.timeout(5), finishing_task(work(), stop, 60):
        pass
    assert stop.is_set()
