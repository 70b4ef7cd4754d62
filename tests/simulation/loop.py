"""An event loop with a time of its own, whose every choice comes from a seed."""

from __future__ import annotations

import asyncio
import random
from asyncio import events
from collections.abc import Callable, Coroutine, Generator
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from heapq import heappop, heappush
from typing import Any, TypeVar, cast

T = TypeVar("T")

# More than any story needs: what goes on for longer goes in a circle.
MOST_STEPS = 400_000


class StalledError(AssertionError):
    """Somebody waits for what never happens."""


class EndlessError(AssertionError):
    """The story does not end."""


class Process:
    """What dies and stands still as a whole: all tasks that began in it. `offset` is the error of its clock."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_alive = True
        self.resumes_at = 0.0
        self.offset = 0.0
        self.on_death: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        return self.name


PROCESS: ContextVar[Process | None] = ContextVar("PROCESS", default=None)


class Callback:
    """What asyncio calls a handle."""

    __slots__ = ("args", "callback", "context", "is_cancelled", "time")

    def __init__(self, callback: Callable[..., object], args: tuple[object, ...], context: Context | None) -> None:
        self.callback = callback
        self.args = args
        self.context = copy_context() if context is None else context
        self.is_cancelled = False
        self.time = 0.0

    def cancel(self) -> None:
        self.is_cancelled = True

    def cancelled(self) -> bool:
        return self.is_cancelled

    def when(self) -> float:
        return self.time


class SimulatedLoop:
    """What asyncio needs of a loop. Runs what is ready in an order drawn from `chance`.

    Its time passes only while nothing is ready, and takes none of ours.
    A dead process's callbacks are dropped: nothing of it runs any more, not even a `finally`. A paused one's wait.
    """

    def __init__(self, chance: random.Random, most_steps: int = MOST_STEPS) -> None:
        self._chance = chance
        self._most_steps = most_steps
        self._now = 0.0
        self._ready: list[Callback] = []
        self._timers: list[tuple[float, int, Callback]] = []
        self._timers_made = 0
        self._tasks: list[asyncio.Task[Any]] = []
        self.steps = 0
        self._as_asyncio = cast("asyncio.AbstractEventLoop", self)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run until `main` ends; nothing else goes on after that."""
        events._set_running_loop(self._as_asyncio)
        try:
            task = self.create_task(main)
            self._run_until(task.done)
            return task.result()
        finally:
            self._end_tasks()
            events._set_running_loop(None)

    def _run_until(self, is_done: Callable[[], bool]) -> None:
        """Take one step after the other: millions in all, which is why it is written out."""
        ready, timers, draw = self._ready, self._timers, self._chance.random
        while not is_done():
            self.steps += 1
            if self.steps > self._most_steps:
                raise EndlessError(f"{self._most_steps} steps, and {self._now:.0f} s, did not suffice")
            if ready:
                last = len(ready) - 1
                if last:
                    chosen = int(draw() * (last + 1))
                    ready[chosen], ready[last] = ready[last], ready[chosen]
                callback = ready.pop()
            elif timers:
                self._now, _, callback = heappop(timers)
            else:
                raise StalledError("nothing is left that could happen")
            if not callback.is_cancelled and self._may_run(callback):
                callback.context.run(callback.callback, *callback.args)

    def _may_run(self, callback: Callback) -> bool:
        """Tell whether its process lives and goes on; one that stands still gets it later."""
        process = callback.context.get(PROCESS)
        if process is None:
            return True
        if process.is_alive and process.resumes_at > self._now:
            self._add_timer(process.resumes_at, callback)
            return False
        return process.is_alive

    def _add_timer(self, when: float, callback: Callback) -> None:
        callback.time = when
        self._timers_made += 1
        heappush(self._timers, (max(when, self._now), self._timers_made, callback))

    def _end_tasks(self) -> None:
        """Close what still waits, so that its end does not come later, at a moment of the garbage collector."""
        for task in self._tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined] # asyncio warns of pending tasks otherwise
                _close(task.get_coro())

    # What asyncio asks of a loop:

    def time(self) -> float:
        return self._now

    def call_soon(self, callback: Callable[..., object], *args: object, context: Context | None = None) -> Callback:
        soon = Callback(callback, args, context)
        self._ready.append(soon)
        return soon

    def call_later(
        self, delay: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> Callback:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def call_at(
        self, when: float, callback: Callable[..., object], *args: object, context: Context | None = None
    ) -> Callback:
        timer = Callback(callback, args, context)
        self._add_timer(when, timer)
        return timer

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self._as_asyncio)

    def create_task(
        self, coro: Coroutine[Any, Any, T], *, name: str | None = None, context: Context | None = None
    ) -> asyncio.Task[T]:
        task = asyncio.Task(coro, loop=self._as_asyncio, name=name or "task", context=context)
        self._tasks.append(task)
        return task

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Ignore what asyncio reports of tasks that nobody awaits: users and workers report for themselves."""

    # What our own world asks:

    def spawn(self, process: Process, coro: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin a task in a process; tasks that it begins belong to the same one."""
        context = copy_context()
        context.run(PROCESS.set, process)
        return self.create_task(coro, context=context)

    def outside(self, delay: float, callback: Callable[..., object], *args: object) -> None:
        """Call it later on behalf of no process: of a network, or a server."""
        self._add_timer(self._now + delay, Callback(callback, args, Context()))

    def kill(self, process: Process) -> None:
        """Let the process vanish, as by kill -9."""
        process.is_alive = False
        for react in process.on_death:
            react()


class Turn:
    """An await that lets others run and takes no time."""

    def __await__(self) -> Generator[None, None, None]:
        yield


def _close(coro: Any) -> None:  # noqa: ANN401 -- asyncio's own type of what a task runs
    for _ in range(20):  # a `finally` may await, which a coroutine that is closed must not
        with suppress(BaseException):  # whatever it says: it is dead
            coro.close()
            return
