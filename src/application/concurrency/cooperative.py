"""Cooperative work: long work on the event loop in slices, between which requests are answered."""

import asyncio
from collections.abc import Generator
from typing import TypeVar

T = TypeVar("T")

# A request is read, handled and answered in three iterations of the event loop. If the work yielded for only one, each
# request would wait for three slices of it: measured, that doubles the p99 of requests during a market refresh.
ITERATIONS_PER_REQUEST = 3


async def yield_to_event_loop() -> None:
    """Return when all ready callbacks have run, and a request that had just arrived is answered."""
    for _ in range(ITERATIONS_PER_REQUEST):
        await asyncio.sleep(0)


async def run_cooperatively(slices: Generator[None, None, T]) -> T:
    """Run the slices, yielding to the event loop after each, and return what the generator returns."""
    while True:
        try:
            next(slices)
        except StopIteration as end:
            result: T = end.value
            return result
        await yield_to_event_loop()
