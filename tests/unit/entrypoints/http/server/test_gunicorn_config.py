"""What gunicorn's masters leave in memory when they are killed is removed by the next one."""

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.command import environment
from tests.servers.service import JWT_SECRET

STARTING = """
import entrypoints.http.server.gunicorn_config as config
config._IN_MEMORY = {folder!r}
config.on_starting(None)
"""


def test_folders_of_masters_that_are_gone_are_removed_and_others_stay(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    left_over, of_us = tmp_path / f"crossrate-metrics-{gone.pid}-abc", tmp_path / f"crossrate-metrics-{os.getpid()}-abc"
    other = tmp_path / "crossrate-metrics-of-somebody-else"
    for folder in (left_over, of_us, other):
        folder.mkdir()
    code = STARTING.format(folder=str(tmp_path))
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path, env=environment(jwt_secret=JWT_SECRET))  # noqa: S603 - our own
    assert not left_over.exists()
    assert of_us.exists()
    assert other.exists()
