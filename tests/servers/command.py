"""The project's commands as processes of their own."""

import asyncio
import sys
from asyncio.subprocess import PIPE
from dataclasses import dataclass
from pathlib import Path

from tests.secrecy import searched

LONGEST_SECONDS = 60
CROSSRATE = ("-c", "from entrypoints.cli.main import main; main()")


@dataclass(frozen=True, slots=True)
class Ended:
    """The result of a command: its exit status and output."""

    status: int
    output: str
    errors: str


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
