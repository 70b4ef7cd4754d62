"""How gunicorn runs the service in several processes.

Start it with `gunicorn --config python:entrypoints.http.server.gunicorn_config`.
"""

import logging
import math
import os
import shutil
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Protocol

from entrypoints.garbage import collections_put_off
from entrypoints.http.server.listening import bracketed, require_free
from entrypoints.logging import configure_logging
from entrypoints.settings.jwt_secret import jwt_secret
from entrypoints.settings.server import FINISH_SECONDS
from entrypoints.settings.settings import load_settings
from entrypoints.stop_signals import deliver_stop_signals, hold_back_stop_signals

# The same exit statuses as those of `crossrate serve`.
UNUSABLE_SETTINGS = 2
UNAVAILABLE = 3

# Set where gunicorn is handed sockets that already listen.
_HANDED_SOCKETS = ("GUNICORN_FD", "LISTEN_FDS")

try:
    _settings = load_settings()
    configure_logging(_settings.log_level, _settings.log_format)
    jwt_secret(_settings)  # before there are workers: where it is missing, none starts
except SystemExit as unusable:
    sys.stderr.write(f"{unusable}\n")
    sys.exit(UNUSABLE_SETTINGS)

wsgi_app = "entrypoints.http.serving:gunicorn_runner"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
workers = _settings.workers
bind = bracketed(_settings.host, _settings.port)
# Gunicorn kills a stopping worker after this: a little longer than a stop may take.
graceful_timeout = math.ceil(_settings.drain_seconds + FINISH_SECONDS) + 1
control_socket_disable = True  # it would be in the home folder, which the user of the container lacks
# Workers touch a file as a sign of life, and keep their metrics in files; a slow disk could block them.
_IN_MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - names in it are made unique
worker_tmp_dir = _IN_MEMORY
loglevel = "warning"  # until the hook below: gunicorn logs its first line before that, in its own format

# The metrics library's own switch, to be set before its import: each process counts in files in this folder, and
# the process that answers /metrics adds up all of them, those of ended processes too.
_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_PREFIX = "crossrate-metrics-"


class _Worker(Protocol):
    pid: int


def on_starting(_: object) -> None:
    """Make the metrics folder, and have gunicorn log as the service does. Ends the process where it cannot listen."""
    _require_free_address()
    _remove_stale_folders()
    os.environ[_METRICS_FOLDER] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_IN_MEMORY)
    _configure_gunicorn_logging()
    # A signal that comes before a worker's event loop runs would be lost, and the worker killed much later.
    os.register_at_fork(before=hold_back_stop_signals, after_in_parent=deliver_stop_signals)
    _import_the_service()


def on_reload(_: object) -> None:
    """Have gunicorn log as the service does, which reading its configuration again has undone."""
    _configure_gunicorn_logging()


def child_exit(_: object, worker: _Worker) -> None:
    """Drop the gauges of a worker that ended; its counters stay."""
    from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415 -- not before the switch is set

    mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]  # the library leaves it untyped


def on_exit(_: object) -> None:
    """Remove the metrics folder."""
    shutil.rmtree(os.environ[_METRICS_FOLDER], ignore_errors=True)


def _import_the_service() -> None:
    """Import once what workers need, and share its memory. Not before the metrics library's switch is set.

    All endpoints too: each worker would import them for itself, into memory of its own.
    """
    with collections_put_off():
        import_module(wsgi_app.partition(":")[0])
        import_module("entrypoints.http.endpoints").import_all()


def _require_free_address() -> None:
    """Gunicorn itself would try for five seconds and end with another status than `crossrate serve`."""
    if any(name in os.environ for name in _HANDED_SOCKETS):
        return
    try:
        require_free(_settings.host, _settings.port)
    except OSError as error:
        sys.stderr.write(f"Cannot listen on {bind}: {error.strerror or error}\n")
        sys.exit(UNAVAILABLE)


def _remove_stale_folders() -> None:
    """Remove the folders of masters that were killed."""
    for folder in Path(_IN_MEMORY or tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        pid = folder.name.removeprefix(_PREFIX).partition("-")[0]
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            shutil.rmtree(folder, ignore_errors=True)
        except (ValueError, OSError):
            continue  # not one of ours, or of a live process of another user


def _configure_gunicorn_logging() -> None:
    # So that JSON logs are JSON in every line.
    configure_logging(_settings.log_level, _settings.log_format)
    log = logging.getLogger("gunicorn.error")
    log.handlers.clear()
    log.propagate = True
    log.addFilter(_is_relevant)
    log.setLevel(logging.NOTSET)


def _is_relevant(record: logging.LogRecord) -> bool:
    # At each stop, uvloop closes the listening socket's file itself, and gunicorn then finds it closed.
    return record.msg != "Error while closing socket %s"
