"""Background tasks end with the service, and their failures are logged."""

import asyncio

from structlog.testing import capture_logs

from entrypoints.wiring.running import background_task


async def test_work_that_fails_is_logged_and_ends_nothing_else() -> None:
    async def work() -> None:
        raise RuntimeError("broken")

    with capture_logs() as events:
        async with background_task(work()):
            await asyncio.sleep(0.01)
    assert [(event["event"], str(event["exc_info"])) for event in events] == [("background_work_failed", "broken")]


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
