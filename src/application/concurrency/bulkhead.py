"""A bulkhead: what one key does at the same time is bounded, so that it cannot take everything from the others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary

from domain.errors import TooManyRequests

# What the caller is told to wait before the next attempt.
RETRY_AFTER_SECONDS = 1.0


class Bulkhead:
    """A key is dropped when no caller holds or awaits a place of it."""

    def __init__(self, *, places: int, wait_seconds: float) -> None:
        """Each key has so many places, and a caller waits for one at most so long."""
        self._places = places
        self._wait_seconds = wait_seconds
        self._semaphores: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, key: str) -> AsyncIterator[None]:
        """Hold a place. Raises `TooManyRequests` if none becomes free in time."""
        semaphore = self._semaphores.setdefault(key, asyncio.Semaphore(self._places))
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout(self._wait_seconds):
                    await stack.enter_async_context(semaphore)
            except TimeoutError as error:
                raise TooManyRequests("too many of your changes are in progress", RETRY_AFTER_SECONDS) from error
            yield
