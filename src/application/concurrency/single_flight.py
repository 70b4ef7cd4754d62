"""Single-flight: concurrent callers with the same key share one run."""

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Result = TypeVar("Result")


class SingleFlight(Generic[Key, Result]):
    """At most one run per key at a time; callers that arrive during a run get its result or its exception.

    A run is a task of its own, so a cancelled caller does not cancel it for the others. Results are not cached. Bounded
    by the number of distinct keys in flight.
    """

    def __init__(self) -> None:
        self._runs: dict[Key, asyncio.Task[Result]] = {}

    async def run(self, key: Key, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        """Return the result of the run in flight, else of a new run of `work`. Raises what the run raises."""
        run = self.start(key, work)
        await asyncio.wait([run])  # unlike awaiting the run itself, this does not cancel it along with the caller
        return run.result()

    def start(self, key: Key, work: Callable[[], Coroutine[Any, Any, Result]]) -> asyncio.Task[Result]:
        """Return the run in flight, else a new run of `work`, without waiting for it."""
        run = self._runs.get(key)
        if run is None or run.done():
            run = self._runs[key] = asyncio.create_task(work())
            run.add_done_callback(lambda ended: self._forget(key, ended))
        return run

    async def close(self) -> None:
        """Cancel the runs in flight and wait for their end."""
        runs = [run for run in self._runs.values() if not run.done()]
        for run in runs:
            run.cancel()
        if runs:
            await asyncio.wait(runs)

    def _forget(self, key: Key, ended: asyncio.Task[Result]) -> None:
        if self._runs.get(key) is ended:
            del self._runs[key]
        if not ended.cancelled():
            ended.exception()  # marks it as retrieved, since every caller may have been cancelled
