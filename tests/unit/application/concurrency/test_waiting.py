"""A pause that an event can cut short."""

import asyncio
import time

from application.concurrency.waiting import wait_until_set


async def test_it_ends_as_soon_as_the_event_is_set() -> None:
    event = asyncio.Event()
    waiting = asyncio.create_task(wait_until_set(event, 3600))
    await asyncio.sleep(0)
    assert not waiting.done()
    event.set()
    async with asyncio.timeout(5):
        await waiting


async def test_it_ends_when_the_time_is_over() -> None:
    started = time.monotonic()
    await wait_until_set(asyncio.Event(), 0.02)
    assert 0.02 <= time.monotonic() - started < 5
