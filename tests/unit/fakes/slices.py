"""A clock for work in slices that moves with the work alone, and not with what else the machine does."""

import asyncio
import itertools
from collections.abc import Callable

import pytest

from application.concurrency.cooperative import ITERATIONS_PER_REQUEST, SLICE_SECONDS

ROWS_PER_SLICE = 10


def rows_take_a_tenth_of_a_slice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let each row take a tenth of a slice."""
    rows_take(monkeypatch, slices=1 / ROWS_PER_SLICE)


def rows_take(monkeypatch: pytest.MonkeyPatch, *, slices: float) -> None:
    """Let the clock advance by so many slices each time that work asks for it, which is at each row."""
    looks = itertools.count(1)
    monkeypatch.setattr("application.concurrency.cooperative._slice_ends_at", 0.0)
    monkeypatch.setattr("application.concurrency.cooperative._now", lambda: next(looks) * SLICE_SECONDS * slices)


async def most_during_a_request(working: list[asyncio.Task[object]], count: Callable[[], int]) -> int:
    """Return how much the count grew at most while a request would have been read, handled and answered."""
    most = 0
    while not all(task.done() for task in working):
        before = count()
        for _ in range(ITERATIONS_PER_REQUEST):
            await asyncio.sleep(0)
        most = max(most, count() - before)
    return most
