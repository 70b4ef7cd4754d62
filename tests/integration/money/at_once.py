"""Many requests at once, each until it is decided."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import TypeVar
from uuid import uuid4

from tests.servers.service_client import Answer

ATTEMPTS = 50
PAUSE_SECONDS = 0.1

T = TypeVar("T")


async def at_once(calls: Sequence[Coroutine[object, object, T]], most: int = 32) -> list[T]:
    """Await all, with at most so many under way."""
    free = asyncio.Semaphore(most)

    async def one(call: Coroutine[object, object, T]) -> T:
        async with free:
            return await call

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(call)) for call in calls]
    return [task.result() for task in tasks]


async def decided(send: Callable[[str], Awaitable[Answer]], key: str = "") -> Answer:
    """Send with a key, and again with the same one while the service asks for that.

    The first may be in progress, or the database busy.
    """
    key = key or uuid4().hex
    for _ in range(ATTEMPTS):
        answer = await send(key)
        if "Retry-After" not in answer.headers:
            return answer
        await asyncio.sleep(PAUSE_SECONDS)
    raise AssertionError(f"no answer in {ATTEMPTS} attempts")
