"""What goes on beside the service is ended with it, and is missed when it fails."""

import asyncio

from structlog.testing import capture_logs

from entrypoints.wiring.running import running_beside


async def test_work_that_fails_is_told_in_the_log_and_takes_nothing_along() -> None:
    async def work() -> None:
        raise RuntimeError("broken")

    with capture_logs() as events:
        async with running_beside(work()):
            await asyncio.sleep(0.01)
    assert [(event["event"], str(event["exc_info"])) for event in events] == [("background_work_failed", "broken")]


async def test_work_that_goes_on_is_ended_without_a_word() -> None:
    ended = False

    async def work() -> None:
        nonlocal ended
        try:
            await asyncio.Event().wait()
        finally:
            ended = True

    with capture_logs() as events:
        async with running_beside(work()):
            await asyncio.sleep(0)
    assert ended
    assert events == []
