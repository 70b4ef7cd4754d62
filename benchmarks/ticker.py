"""Stalls of an event loop, measured from inside."""

import asyncio
import time
from typing import Self

TICK_SECONDS = 0.001


class Ticker:
    """Sleeps for a millisecond again and again, and records the longest delay."""

    def __init__(self) -> None:
        self.longest_stall_ms = 0.0

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._tick())
        await asyncio.sleep(TICK_SECONDS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(TICK_SECONDS)  # so that a stall at the very end counts
        self._task.cancel()

    async def _tick(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.perf_counter()
            self.longest_stall_ms = max(self.longest_stall_ms, (now - last - TICK_SECONDS) * 1000)
            last = now
