"""How gunicorn runs the service in several processes: `gunicorn --config python:entrypoints.gunicorn_config`."""

import logging
from pathlib import Path

from entrypoints.logging import configure_logging
from entrypoints.settings import load_settings

_settings = load_settings()

wsgi_app = "entrypoints.http.app:create_app()"
worker_class = "aiohttp.GunicornUVLoopWebWorker"
workers = _settings.workers
bind = f"{_settings.host}:{_settings.port}"
graceful_timeout = 15  # seconds for requests under way, within the 20 that a stop may take
control_socket_disable = True  # it would be made in the home folder, which the container's user has not
# Workers touch a file to show that they live; on a slow disk that touch can block them for longer than the timeout.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - gunicorn makes an unlinked file in it
loglevel = "warning"  # until the hook below: its first line comes before that, in a format of its own


def on_starting(_: object) -> None:
    """Let gunicorn's own events go the way of the service's, so that JSON logs are JSON in every line."""
    configure_logging(_settings.log_level, _settings.log_format)
    log = logging.getLogger("gunicorn.error")
    log.handlers.clear()
    log.propagate = True
    log.setLevel(logging.NOTSET)
