"""One at a time, for each name."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from weakref import WeakValueDictionary


class KeyedLock:
    """Has those who come with the same name wait for each other; a name is forgotten when nobody has its turn."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def of(self, *names: str) -> AsyncIterator[None]:
        """Wait for the turn of every one of these names, in one order for all, so that none waits for another's."""
        locks = [self._locks.setdefault(name, asyncio.Lock()) for name in sorted(set(names))]
        async with AsyncExitStack() as stack:
            for lock in locks:
                await stack.enter_async_context(lock)
            yield
