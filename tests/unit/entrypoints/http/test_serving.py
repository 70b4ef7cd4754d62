"""In a process that serves, the event loop does not wait long for threads that compute."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest
from aiohttp import web

from entrypoints.http import serving
from entrypoints.settings.settings import Settings

PYTHONS_DEFAULT_SECONDS = 0.005


@pytest.fixture
def python_as_it_starts(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(serving, "create_app", lambda *_, **__: web.Application())
    monkeypatch.setattr(serving, "freeze_startup_objects", lambda: None)
    before = sys.getswitchinterval()
    sys.setswitchinterval(PYTHONS_DEFAULT_SECONDS)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("python_as_it_starts")
def test_a_thread_that_computes_keeps_others_waiting_for_less_than_pythons_default() -> None:
    serving._runner(Settings(jwt_secret="x" * 32))
    assert sys.getswitchinterval() < PYTHONS_DEFAULT_SECONDS / 2  # a busy machine may cut a wait short without it
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
