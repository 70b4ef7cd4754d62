"""A folder like a fresh checkout, in which the documentation's commands run."""

import asyncio
import os
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

from tests.project import ROOT
from tests.servers.fork_server import forking_command
from tests.waiting import eventually

SCRIPT_SECONDS = 60
SEPARATOR = "\x1e"
# What a checkout does not have, or what must not be shared with this one.
LEFT_OUT = {".git", ".env", "data", "bin"}


def make_sandbox(folder: Path) -> Path:
    """Link the project into `folder`, and return the folder of commands that must come first on the PATH."""
    for entry in ROOT.iterdir():
        if entry.name not in LEFT_OUT:
            (folder / entry.name).symlink_to(entry)
    tools = folder / "bin"
    tools.mkdir()
    # Without it, a checkout that changed since its installation would install this folder into the real .venv.
    make = tools / "make"
    make.write_text(f'#!/bin/sh\nexec {shutil.which("make")} -o .venv/service.stamp -o .venv/development.stamp "$@"\n')
    make.chmod(0o755)
    return tools


@contextmanager
def forking_sandbox(folder: Path) -> Iterator[Path]:
    """Make one whose `.venv/bin/crossrate` starts fast, because it forks a process that has imported all."""
    tools = make_sandbox(folder)
    environment = folder / ".venv"
    real = environment.resolve()
    environment.unlink()
    (environment / "bin").mkdir(parents=True)
    for entry in (*real.iterdir(), *(real / "bin").iterdir()):
        place = environment / entry.relative_to(real)
        if entry.name not in {"bin", "crossrate"}:
            place.symlink_to(entry)
    # A socket's address has at most 108 characters.
    with TemporaryDirectory() as short, forking_command(environment / "bin" / "crossrate", Path(short, "forks")):
        yield tools


async def outputs_of(scripts: list[str], folder: Path, environment: Mapping[str, str]) -> list[str]:
    """Run the scripts in one shell and return what each shows in a terminal, standard error included."""
    parts = [f"printf '\\n{SEPARATOR}'\n{script}" for script in scripts]
    process = await asyncio.create_subprocess_exec(
        *("bash", "-euo", "pipefail", "-c", "exec 2>&1\n" + "".join(parts)),
        cwd=folder,
        env=environment,
        stdout=PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(SCRIPT_SECONDS):
            output, _ = await process.communicate()
    finally:
        await _end(process)
    assert process.returncode == 0, output.decode()
    return output.decode().split(SEPARATOR)[1:]


@asynccontextmanager
async def running(
    command: str, folder: Path, environment: Mapping[str, str], address: str, client: aiohttp.ClientSession
) -> AsyncIterator[Path]:
    """Run a command that serves at `address`, and give the file with its standard error once it answers."""
    log_file = folder / "served.log"
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            "bash", "-c", command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True
        )

    async def answers() -> bool:
        assert process.returncode is None, log_file.read_text()
        try:
            async with client.get(address) as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    try:
        await eventually(answers)
        yield log_file
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    """End a command and whatever it has started."""
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
