"""Where a test's real server comes from: the first available source."""

from __future__ import annotations

import gc
import os
import socket
import warnings
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from urllib.parse import urlsplit

DOCKER_ANSWER_SECONDS = 30
PULL_SECONDS = 120


class ServerUnavailableError(Exception):
    """A source is not available on this machine; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Source:
    """One way to get a real server. `description` is for pytest's header; `start` yields the URL of a running one."""

    description: str
    start: Callable[[], AbstractContextManager[str]]


def choose_source(
    server: str, sources: Mapping[str, Callable[[], Source]], forced_by: str, *, prefer_process: bool = False
) -> Source:
    """Return the first available source, or the one that the environment variable `forced_by` names.

    With `prefer_process` Docker is tried last, for measurements: its proxy takes processor time.

    Raises `ServerUnavailableError`, which says what each source lacks.
    """
    forced = os.environ.get(forced_by)
    if forced and forced not in sources:
        raise ServerUnavailableError(f"{forced_by}={forced} is not one of {', '.join(sources)}")
    lacking = []
    in_order = sorted(sources, key="docker".__eq__) if prefer_process else sources
    for name in [forced] if forced else in_order:
        try:
            return sources[name]()
        except ServerUnavailableError as missing:
            lacking.append(f"{name}: {missing}")
    raise ServerUnavailableError(f"no real {server} is available. " + "; ".join(lacking))


def named_servers(forced_by: str) -> list[str]:
    """Return the URLs of servers that the environment variable names, if it names any."""
    named = os.environ.get(forced_by, "")
    return named.split(",") if "://" in named else []


def place_of(url: str) -> str:
    """Return host and port, without the password."""
    return urlsplit(url).netloc.rpartition("@")[2]


def docker_source(image: str, start: Callable[[], AbstractContextManager[str]]) -> Source:
    """Return a source of containers of `image`, and pull it now, so that no test's time includes that."""
    # The fixture stops its container itself, so testcontainers' reaper would only be one more image to pull.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    import docker.errors  # noqa: PLC0415 -- slow to import, and unused if another source is forced

    lacking = "no Docker engine answers"
    try:
        version = _docker_version()
        lacking = f"the Docker engine has no {image} and cannot pull it"
        _pull(image)
    except docker.errors.DockerException:
        pass
    else:
        return Source(f"{image} by testcontainers on Docker {version}", start)
    # Docker's client leaves open the socket on which no engine answers.
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()
    raise ServerUnavailableError(lacking)


def _docker_version() -> str:
    from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415 -- slow to import

    with closing(DockerClient(timeout=DOCKER_ANSWER_SECONDS).client) as client:
        return str(client.version()["Version"])


def _pull(image: str) -> None:
    from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415 -- slow to import

    with closing(DockerClient(timeout=PULL_SECONDS).client) as client:
        client.images.list(image) or client.images.pull(image)


def free_port() -> int:
    """Return a port of 127.0.0.1 on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
