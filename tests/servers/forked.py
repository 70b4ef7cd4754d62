"""Commands of `crossrate` in processes forked from one that has imported the slow libraries.

Such a process starts in a tenth of a second instead of one. It differs from `python -m crossrate` in nothing else that
tests look at: it has its own environment, folder, standard streams and exit status.
"""

import asyncio
import multiprocessing
import os
import sys
from collections.abc import Mapping
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TextIO

SLOW_TO_IMPORT = [
    "entrypoints.http.serving",
    "alembic.command",
    "aiosqlite",
    "asyncpg",
    "sqlalchemy.ext.asyncio",
    "typer",
]

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(SLOW_TO_IMPORT)


async def run_forked(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], typed: bytes, seconds: float
) -> tuple[int, bytes, bytes]:
    """Run `crossrate` with `arguments`; return its exit status, output and errors, or raise `TimeoutError`."""
    with TemporaryDirectory() as streams:
        stdin, stdout, stderr = (Path(streams, name) for name in ("in", "out", "err"))
        stdin.write_bytes(typed)
        process = _forks.Process(target=_run, args=(arguments, folder, dict(environment), (stdin, stdout, stderr)))
        process.start()
        status = await _ended(process, seconds)
        return status, stdout.read_bytes(), stderr.read_bytes()


async def _ended(process: ForkServerProcess, seconds: float) -> int:
    """Return its exit status. It never outlives the call."""
    try:
        await asyncio.to_thread(process.join, seconds)
        if process.exitcode is None:
            raise TimeoutError(f"it ran longer than {seconds} s")
        return process.exitcode
    finally:
        process.kill()
        process.join()
        process.close()


def _run(
    arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], streams: tuple[Path, Path, Path]
) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.stdin, sys.stdout, sys.stderr = (_opened(number, path) for number, path in enumerate(streams))
    sys.argv = ["crossrate", *arguments]
    from crossrate.__main__ import main  # noqa: PLC0415 -- with the environment that it is to have

    main()


def _opened(number: int, path: Path) -> TextIO:
    """Make the standard stream `number` read or write this file, for Python and for everything below it."""
    flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT
    opened = os.open(path, flags)
    os.dup2(opened, number)
    os.close(opened)
    return open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False)
