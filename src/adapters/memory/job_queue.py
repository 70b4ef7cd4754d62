"""Work in the background of this process."""

from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from application.concurrency.single_flight import SingleFlight
from application.jobs.ports.job_queue import JobQueue
from domain.pair import Pair


class MemoryJobQueue(JobQueue):
    """One run a pair at a time: a second one would find its work done."""

    def __init__(self, record_hour: Callable[[Pair, int], Coroutine[Any, Any, object]]) -> None:
        """`record_hour` does the work, and never fails."""
        self._record_hour = record_hour
        self._runs: SingleFlight[Pair, object] = SingleFlight()

    async def record_hour(self, pair: Pair, hour: int) -> None:
        """Start it."""
        self._runs.start(pair, partial(self._record_hour, pair, hour))

    async def close(self) -> None:
        """Cancel what is under way."""
        await self._runs.close()
