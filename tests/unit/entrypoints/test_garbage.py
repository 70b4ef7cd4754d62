"""Garbage collections skip all objects from before the first request."""

import gc
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.garbage import freeze_startup_objects

# In processes of their own, since serving takes over how a process logs.
SERVING = """
import asyncio, gc, os
from entrypoints.cli.serve import serve
from entrypoints.http import app
from entrypoints.http.server.draining import DrainingRunner
from entrypoints.wiring import local_jobs, unused_database

set_up = DrainingRunner.setup

async def tell(self):
    at_start = gc.get_freeze_count()
    await set_up(self)
    async with asyncio.timeout(90):
        while gc.get_freeze_count() < at_start + 10_000:
            await asyncio.sleep(0.2)  # counting walks through all of them
    print(at_start, flush=True)
    os._exit(0)

app.OPEN_AFTER_SECONDS = local_jobs.START_AFTER_SECONDS = 0
unused_database.LOOK_SECONDS = 0.01
DrainingRunner.setup = tell
serve()
"""
WORKER = """
import asyncio, gc
from entrypoints.http.serving import gunicorn_runner

asyncio.run(gunicorn_runner())
print(gc.get_freeze_count())
"""


@pytest.fixture
def unfrozen() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.freeze()


@pytest.mark.usefixtures("unfrozen")
def test_existing_objects_are_frozen_and_later_ones_are_not() -> None:
    freeze_startup_objects()
    there = gc.get_freeze_count()
    come: list[list[object]] = [[] for _ in range(100)]
    assert there > 10_000
    assert gc.get_freeze_count() <= there
    assert any(each is come for each in gc.get_objects())


@pytest.mark.parametrize(
    "script", [SERVING, WORKER], ids=["crossrate serve, and again once its database is open", "a worker of gunicorn"]
)
def test_serving_freezes_startup_objects(script: str, tmp_path: Path) -> None:
    environment = os.environ | {"CROSSRATE_JWT_SECRET": "x" * 32, "CROSSRATE_PORT": "0"}
    printed = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=100, env=environment, cwd=tmp_path
    )
    assert int(printed.stdout) > 10_000
