"""Waiting for what the service does in the background."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from tests.servers.service_client import Answer

PATIENCE_SECONDS = 60.0


async def eventually(holds: Callable[[], Awaitable[bool]], within_seconds: float = PATIENCE_SECONDS) -> None:
    """Check until it holds; fail if it does not within `within_seconds`."""
    deadline = time.monotonic() + within_seconds
    while not await holds():
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.01)


async def quickest(ask: Callable[[], Awaitable[Answer]], within_seconds: float) -> Answer:
    """Ask until an answer comes in time, five times at most: other work on the machine slows single answers."""
    answer = await ask()
    for _ in range(4):
        if answer.seconds <= within_seconds:
            break
        answer = await ask()
    assert answer.seconds <= within_seconds
    return answer
