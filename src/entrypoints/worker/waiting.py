"""Waiting that ends early when the process is told to stop."""

import asyncio
from contextlib import suppress


async def wait_for(stop: asyncio.Event, seconds: float) -> None:
    """Return after so many seconds, or when `stop` is set."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()
