"""Work in the background of this process."""

import asyncio
from collections.abc import Awaitable, Callable

from application.jobs.ports.job_queue import JobQueue
from domain.pair import Pair


class MemoryJobQueue(JobQueue):
    """One run a pair at a time: what is asked for while one is under way would find it done."""

    def __init__(self, record_hour: Callable[[Pair, int], Awaitable[object]]) -> None:
        """`record_hour` does the work, and never fails."""
        self._do = record_hour
        self._under_way: dict[Pair, asyncio.Task[object]] = {}

    async def record_hour(self, pair: Pair, hour: int) -> None:
        """Begin it."""
        if pair not in self._under_way:
            task = self._under_way[pair] = asyncio.ensure_future(self._do(pair, hour))
            task.add_done_callback(lambda _: self._under_way.pop(pair))

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
