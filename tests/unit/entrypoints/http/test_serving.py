"""What a process does before it serves, in processes of their own, since serving takes over how a process logs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from entrypoints.switching import SWITCH_INTERVAL_SECONDS

# Both print how many objects are frozen, and for how long a thread may keep Python's lock.
SERVING = """
import asyncio, gc, os, sys
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
    print(at_start, sys.getswitchinterval(), flush=True)
    os._exit(0)

app.OPEN_AFTER_SECONDS = local_jobs.START_AFTER_SECONDS = 0
unused_database.LOOK_SECONDS = 0.01
DrainingRunner.setup = tell
serve()
"""
WORKER = """
import asyncio, gc, sys
from entrypoints.http.serving import gunicorn_runner

asyncio.run(gunicorn_runner())
print(gc.get_freeze_count(), sys.getswitchinterval())
"""


@pytest.mark.parametrize(
    "script", [SERVING, WORKER], ids=["crossrate serve, and again once its database is open", "a worker of gunicorn"]
)
def test_startup_objects_are_frozen_and_threads_switch_soon(script: str, tmp_path: Path) -> None:
    environment = os.environ | {"CROSSRATE_JWT_SECRET": "x" * 32, "CROSSRATE_PORT": "0"}
    printed = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, "-c", script], capture_output=True, check=True, timeout=100, env=environment, cwd=tmp_path
    )
    frozen, interval = printed.stdout.split()
    assert int(frozen) > 10_000
    assert float(interval) == pytest.approx(SWITCH_INTERVAL_SECONDS)
