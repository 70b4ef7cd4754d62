"""How gunicorn runs the service in several processes: `gunicorn --config python:entrypoints.gunicorn_config`."""

import logging
import os
import shutil
import tempfile
from typing import Protocol

from entrypoints.jwt_secret import jwt_secret
from entrypoints.logging import configure_logging
from entrypoints.settings import load_settings

_settings = load_settings()
jwt_secret(_settings)  # here rather than in each worker, so that a missing one ends the whole, and is made once

wsgi_app = "entrypoints.http.app:create_app()"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
workers = _settings.workers
bind = f"{_settings.host}:{_settings.port}"
graceful_timeout = 15  # seconds for requests under way, within the 20 that a stop may take
control_socket_disable = True  # it would be made in the home folder, which the container's user has not
# Workers touch a file to show that they live, and count in files; on a slow disk either could block them.
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - names in it are made unique
worker_tmp_dir = _IN_MEMORY
loglevel = "warning"  # until the hook below: its first line comes before that, in a format of its own

# The metrics library's own switch: set before it is imported, it has each process count in files there, and whichever
# process is asked for the metrics adds up those of all, the dead ones' too.
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


class _Worker(Protocol):
    pid: int


def on_starting(_: object) -> None:
    """Make the folder that the workers count in, and have gunicorn log as the service does."""
    os.environ[_METRICS_FOLDER] = tempfile.mkdtemp(prefix=f"crossrate-metrics-{os.getpid()}-", dir=_IN_MEMORY)
    _log_as_the_service_does()


def child_exit(_: object, worker: _Worker) -> None:
    """Forget what only held while the worker lived; what it counted stays counted."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 -- not before the switch is set

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library leaves it untyped


def on_exit(_: object) -> None:
    """Remove the folder."""
    shutil.rmtree(os.environ[_METRICS_FOLDER], ignore_errors=True)


def _log_as_the_service_does() -> None:
    # So that JSON logs are JSON in every line.
    configure_logging(_settings.log_level, _settings.log_format)
    log = logging.getLogger("gunicorn.error")
    log.handlers.clear()
    log.propagate = True
    log.setLevel(logging.NOTSET)
