"""Collections of garbage do not walk through what was there before the first request."""

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from entrypoints import gunicorn_config
from entrypoints.garbage import leave_out_what_stays

# In a process of its own, since serving takes over how a process logs.
SERVING = """
import gc
from aiohttp import web
from entrypoints.cli import serve
web.run_app = lambda *_, **__: print(gc.get_freeze_count())
serve()
"""


@pytest.fixture(autouse=True)
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


def test_what_is_there_is_left_out_and_what_comes_is_not() -> None:
    leave_out_what_stays()
    there = gc.get_freeze_count()
    come: list[list[object]] = [[] for _ in range(100)]
    assert there > 10_000
    assert gc.get_freeze_count() <= there
    assert any(each is come for each in gc.get_objects())


def test_a_worker_starts_with_it() -> None:
    gunicorn_config.post_worker_init(None)
    assert gc.get_freeze_count() > 10_000


def test_serving_starts_with_it() -> None:
    told = subprocess.run([sys.executable, "-c", SERVING], capture_output=True, check=True, timeout=60)  # noqa: S603
    assert int(told.stdout) > 10_000
