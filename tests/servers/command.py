"""The project's commands as processes of their own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from tests.secrecy import searched, secrets_of
from tests.servers.forked import run_forked

LONGEST_SECONDS = 60
CROSSRATE = ("-m", "crossrate")


@dataclass(frozen=True, slots=True)
class Ended:
    """The result of a command: its exit status and output."""

    status: int
    output: str
    errors: str


def environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with just these settings: no test asks the bank without saying so."""
    settings = {"reference_rates": "none"} | settings
    secrets_of(settings)
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("CROSSRATE_")}
    return inherited | {f"CROSSRATE_{name.upper()}": value for name, value in settings.items()}


@asynccontextmanager
async def started(
    *command: str, folder: Path, environment: Mapping[str, str], log: Path | None = None, stdout: int | None = None
) -> AsyncIterator[Process]:
    """Start a command in `folder`, and kill it afterwards if it still runs. `log` gets its standard error."""
    with log.open("ab") if log else nullcontext() as stderr:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, env=environment, stderr=stderr, stdout=stdout
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run_crossrate(*arguments: str, folder: Path, environment: Mapping[str, str], typed: str = "") -> Ended:
    """Run `crossrate` with `arguments` in `folder` until it ends, in a process that starts fast.

    Where the start itself is tested, use `run_python(*CROSSRATE, ...)`.
    """
    status, output, errors = await run_forked(arguments, folder, environment, typed.encode(), LONGEST_SECONDS)
    searched(errors.decode(), f"what {arguments} wrote")
    return Ended(status, output.decode(), errors.decode())


async def run_python(*arguments: str, folder: Path, environment: dict[str, str], typed: str = "") -> Ended:
    """Run this Python with `arguments` in `folder` until it ends, with `typed` as its standard input.

    It never outlives the call.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, env=environment, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(LONGEST_SECONDS):
            output, errors = await process.communicate(typed.encode())
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    searched(errors.decode(), f"what {arguments} wrote")
    return Ended(process.returncode, output.decode(), errors.decode())
