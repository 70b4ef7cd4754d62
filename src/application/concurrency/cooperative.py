"""Cooperative work: long work on the event loop in slices, between which requests are answered."""

import asyncio
import time
from collections.abc import Generator
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

# A request is read, handled and answered in three iterations of the event loop. If the work yielded for only one, each
# request would wait for three slices of it: measured, that doubles the p99 of requests during a market refresh.
ITERATIONS_PER_REQUEST = 3

# As long as four conversions. All long answers together work for so long, and then requests are answered.
SLICE_SECONDS = 0.0003

_now = time.perf_counter


class _Turns:
    """Whose turn it is on one event loop."""

    def __init__(self) -> None:
        # Held by the one that yields: all that yield take turns, or a request would wait for a slice of each.
        self.yielding = asyncio.Lock()
        self.has_begun = False

    def begin(self) -> None:
        """Begin a slice, the only one in this iteration of the event loop."""
        global _slice_ends_at  # noqa: PLW0603 -- a process has one event loop, and each row asks for this
        _slice_ends_at = _now() + SLICE_SECONDS
        if not self.has_begun:
            self.has_begun = True
            asyncio.get_running_loop().call_soon(self._iterated)

    def _iterated(self) -> None:
        self.has_begun = False


_turns: WeakKeyDictionary[asyncio.AbstractEventLoop, _Turns] = WeakKeyDictionary()
_slice_ends_at = 0.0


def begin_slice() -> None:
    """Let work that begins have a slice at once, unless there was one already, which it shares, or others wait for one.

    So short work need not yield while nothing else is going on.
    """
    turns = _of_this_loop()
    if not turns.has_begun and not turns.yielding.locked() and slice_is_over():
        turns.begin()


def slice_is_over() -> bool:
    """Tell whether work in slices must yield now: all such work together has had its time.

    What a row takes depends on the row, so this is asked at each, where a number of rows would be too many or too few.
    """
    return _now() >= _slice_ends_at


async def yield_to_event_loop() -> None:
    """Return when all ready callbacks have run, and a request that had just arrived is answered. A slice begins.

    However many work in slices, one of them does at a time.
    """
    turns = _of_this_loop()
    async with turns.yielding:
        for _ in range(ITERATIONS_PER_REQUEST):
            await asyncio.sleep(0)
    turns.begin()


def _of_this_loop() -> _Turns:
    loop = asyncio.get_running_loop()
    turns = _turns.get(loop)
    if turns is None:
        turns = _turns[loop] = _Turns()
    return turns


async def run_cooperatively(slices: Generator[None, None, T]) -> T:
    """Run the slices, yielding to the event loop after each, and return what the generator returns."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            result: T = end.value
            return result
        await yield_to_event_loop()
