"""While a thread computes, others wait for less than Python's default."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from entrypoints.switching import SWITCH_INTERVAL_SECONDS, switch_threads_soon

PYTHONS_DEFAULT_SECONDS = 0.005


@pytest.fixture(autouse=True)
def switches_as_by_default() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(PYTHONS_DEFAULT_SECONDS)
    yield
    sys.setswitchinterval(before)


def test_a_thread_that_computes_keeps_others_waiting_for_less_than_by_default() -> None:
    switch_threads_soon()
    assert sys.getswitchinterval() == pytest.approx(SWITCH_INTERVAL_SECONDS)
    assert _shortest_wait() < PYTHONS_DEFAULT_SECONDS / 2


def _shortest_wait() -> float:
    """Return how long it takes at least to get Python's lock back from a thread that computes."""
    begun, over = threading.Event(), threading.Event()
    thread = threading.Thread(target=_compute, args=(begun, over))
    thread.start()
    begun.wait()
    try:
        return min(_time_to_wake() for _ in range(20))
    finally:
        over.set()
        thread.join()


def _compute(begun: threading.Event, over: threading.Event) -> None:
    begun.set()
    while not over.is_set():
        sum(range(100))


def _time_to_wake() -> float:
    begin = time.perf_counter()
    time.sleep(0.0001)  # gives the lock up, as each call of the operating system does
    return time.perf_counter() - begin
