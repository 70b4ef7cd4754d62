"""How gunicorn runs the service in several processes.

Start it with `gunicorn --config python:entrypoints.http.server.gunicorn_config`.
"""

import logging
import math
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Protocol

from entrypoints.logging import configure_logging
from entrypoints.settings.jwt_secret import jwt_secret
from entrypoints.settings.server import FINISH_SECONDS
from entrypoints.settings.settings import load_settings

# The exit status, as of `crossrate serve`.
UNUSABLE_SETTINGS = 2

try:
    _settings = load_settings()
    configure_logging(_settings.log_level, _settings.log_format)
    jwt_secret(_settings)  # before there are workers: where it is missing, none starts
except SystemExit as unusable:
    sys.stderr.write(f"{unusable}\n")
    sys.exit(UNUSABLE_SETTINGS)

wsgi_app = "entrypoints.http.server.serving:gunicorn_runner"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
workers = _settings.workers
bind = f"{_settings.host}:{_settings.port}"
# Seconds until a worker that was told to stop is killed: a little more than it takes at most.
graceful_timeout = math.ceil(_settings.drain_seconds + FINISH_SECONDS) + 1
control_socket_disable = True  # it would be made in the home folder, which the container's user has not
# Workers touch a file to show that they live, and count in files; on a slow disk either could block them.
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - names in it are made unique
worker_tmp_dir = _IN_MEMORY
loglevel = "warning"  # until the hook below: its first line comes before that, in a format of its own

# The metrics library's own switch: set before it is imported, it has each process count in files there, and whichever
# process is asked for the metrics adds up those of all, the dead ones' too.
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "crossrate-metrics-"


class _Worker(Protocol):
    pid: int


def on_starting(_: object) -> None:
    """Make the folder that the workers count in, and have gunicorn log as the service does."""
    _remove_what_is_left_over()
    os.environ[_METRICS_FOLDER] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_IN_MEMORY)
    _log_as_the_service_does()


def on_reload(_: object) -> None:
    """Have gunicorn log as the service does, which it unlearns by reading its configuration anew."""
    _log_as_the_service_does()


def child_exit(_: object, worker: _Worker) -> None:
    """Forget what only held while the worker lived; what it counted stays counted."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 -- not before the switch is set

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library leaves it untyped


def on_exit(_: object) -> None:
    """Remove the folder."""
    shutil.rmtree(os.environ[_METRICS_FOLDER], ignore_errors=True)


def _remove_what_is_left_over() -> None:
    """Remove the folders of those who were killed before they could."""
    for folder in Path(_IN_MEMORY or tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, OSError):
            continue  # not one of ours, or of somebody else's process


def _log_as_the_service_does() -> None:
    # So that JSON logs are JSON in every line.
    configure_logging(_settings.log_level, _settings.log_format)
    log = logging.getLogger("gunicorn.error")
    log.handlers.clear()
    log.propagate = True
    log.addFilter(_is_news)
    log.setLevel(logging.NOTSET)


def _is_news(record: logging.LogRecord) -> bool:
    # uvloop closes the listening socket's file itself, and gunicorn's own object then finds it closed at each stop.
    return record.msg != "Error while closing socket %s"
