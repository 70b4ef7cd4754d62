"""Commands of `crossrate`, and functions of tests, in processes forked from one that has imported the slow libraries.

Such a process starts in a tenth of a second instead of one. It differs from `python -m crossrate` in nothing else that
tests look at: it has its own environment, folder, standard streams and exit status.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

SLOW_TO_IMPORT = [
    "entrypoints.cli.main",
    "entrypoints.http.serving",
    "adapters.redis.market_cache",
    "adapters.jwt.tokens",
    "adapters.ecb.reference_source",
    "pwdlib.hashers.argon2",
    "adapters.sql.open_database",
    "alembic.command",
    "aiosqlite",
    "asyncpg",
    "sqlalchemy.ext.asyncio",
    "typer",
    "tests.servers.frozen",
]

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(SLOW_TO_IMPORT)


POLL_SECONDS = 0.01


class ForkedProcess:
    """A running one, with what the tests use of `asyncio.subprocess.Process`."""

    def __init__(self, process: ForkServerProcess, pid: int) -> None:
        self._process = process
        self.pid = pid

    @property
    def returncode(self) -> int | None:
        """The exit status, minus the signal that ended it, or None while it runs."""
        return self._process.exitcode

    async def wait(self) -> int:
        """Return the exit status once it has ended."""
        while self._process.exitcode is None:  # noqa: ASYNC110 -- of two threads that waited, one would lose it
            await asyncio.sleep(POLL_SECONDS)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()


@asynccontextmanager
async def forked(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], streams: tuple[Path, Path, Path]
) -> AsyncIterator[ForkedProcess]:
    """Start `crossrate` with `arguments`, and kill it afterwards if it still runs.

    It reads the first of the `streams`, and adds to the other two what it writes.
    """
    streams[2].touch()  # read from now on
    process = FORKS.Process(target=_run, args=(arguments, folder, dict(environment), streams))
    await asyncio.to_thread(process.start)  # the first waits for the imports
    assert process.pid is not None
    try:
        yield ForkedProcess(process, process.pid)
    finally:
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()


async def run_forked(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], typed: bytes, seconds: float
) -> tuple[int, bytes, bytes]:
    """Run `crossrate` with `arguments`; return its exit status, output and errors, or raise `TimeoutError`."""
    with TemporaryDirectory() as streams:
        stdin, stdout, stderr = (Path(streams, name) for name in ("in", "out", "err"))
        stdin.write_bytes(typed)
        async with forked(arguments, folder, environment, (stdin, stdout, stderr)) as process, asyncio.timeout(seconds):
            status = await process.wait()
        return status, stdout.read_bytes(), stderr.read_bytes()


class TalkingProcess(ForkedProcess):
    """A running one with a pipe to its standard input, and one from its standard output."""

    def __init__(self, process: ForkServerProcess, pid: int, stdin: Connection, stdout: asyncio.StreamReader) -> None:
        super().__init__(process, pid)
        self.stdin = stdin
        self.stdout = stdout


@asynccontextmanager
async def talking(main: Callable[..., None], *arguments: object) -> AsyncIterator[TalkingProcess]:
    """Call `main`, a function of a module, in a process of its own, and kill it afterwards if it still runs."""
    theirs_in, ours_in = FORKS.Pipe(duplex=False)
    ours_out, theirs_out = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=_talk, args=(main, arguments, theirs_in, theirs_out))
    await asyncio.to_thread(process.start)
    theirs_in.close()
    theirs_out.close()
    assert process.pid is not None
    stdout = asyncio.StreamReader()
    with ours_in, ours_out, os.fdopen(os.dup(ours_out.fileno()), "rb") as pipe:
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(stdout), pipe
        )
        try:
            yield TalkingProcess(process, process.pid, ours_in, stdout)
        finally:
            process.kill()
            await asyncio.to_thread(process.join)
            process.close()
            transport.close()


def _talk(main: Callable[..., None], arguments: tuple[object, ...], stdin: Connection, stdout: Connection) -> None:
    for number, stream in enumerate((stdin, stdout)):
        os.dup2(stream.fileno(), number)
        stream.close()
    sys.stdin, sys.stdout = _standard_stream(0), _standard_stream(1)
    main(*arguments)


def _run(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], streams: tuple[Path, Path, Path]
) -> None:
    for number, path in enumerate(streams):
        flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_APPEND
        opened = os.open(path, flags)
        os.dup2(opened, number)
        os.close(opened)
    run_here(arguments, folder, environment)


def run_here(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
    """Run `crossrate` with `arguments` in this process, whose standard streams have just been replaced."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = (_standard_stream(number) for number in range(3))
    sys.argv = ["crossrate", *arguments]
    from crossrate.__main__ import main  # noqa: PLC0415 -- with the environment that it is to have

    main()


def _standard_stream(number: int) -> TextIO:
    return open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)
