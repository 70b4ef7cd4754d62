"""Pauses that an event can cut short."""

import asyncio
from contextlib import suppress


async def wait_until_set(event: asyncio.Event, at_most_seconds: float) -> None:
    """Return when the event is set, or after the timeout."""
    with suppress(TimeoutError):
        async with asyncio.timeout(at_most_seconds):
            await event.wait()
