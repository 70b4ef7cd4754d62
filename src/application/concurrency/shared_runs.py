"""Runs of expensive work that anybody may ask for, shared by all who wait and kept rare."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from application.concurrency.single_flight import SingleFlight

Result = TypeVar("Result")


class SharedRuns(Generic[Result]):
    """Runs work once at a time, with pauses `pause` times as long as the run before took.

    Each caller gets the result of a run that began after the call, so nothing is out of date. The first one after a
    pause does not wait.
    """

    def __init__(
        self, work: Callable[[], Awaitable[Result]], *, pause: float, elapsed: Callable[[], float] = time.monotonic
    ) -> None:
        self._work = work
        self._pause = pause
        self._elapsed = elapsed
        self._flights: SingleFlight[int, Result] = SingleFlight()
        self._begun = 0
        self._running = asyncio.Lock()
        self._free_at = 0.0

    async def __call__(self) -> Result:
        """Return the result of the next run. Raises what the run raises."""
        return await self._flights.run(self._begun, self._run)

    async def _run(self) -> Result:
        async with self._running:
            await asyncio.sleep(max(0.0, self._free_at - self._elapsed()))
            self._begun += 1  # who comes later gets a later run
            began = self._elapsed()
            try:
                return await self._work()
            finally:
                ended = self._elapsed()
                self._free_at = ended + self._pause * (ended - began)
