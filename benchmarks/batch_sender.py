"""Batches at a steady pace, from a process of their own, so that the process that times conversions does nothing else.

`python -m benchmarks.batch_sender URL FILE` sends the batch in the file until it is stopped, and prints a line after
the first answer. It ends when an answer is wrong.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import uvloop

from benchmarks.load import JSON, LoadFailed
from benchmarks.servers import Server, benchmark_environment, stopped
from entrypoints.http.rates.batch_routes import POST as BATCH

SECONDS_BETWEEN_BATCHES = 0.1


async def convert_many(client: aiohttp.ClientSession, url: str, body: bytes) -> None:
    """Send a batch. Raises `LoadFailed` unless every line is converted."""
    async with client.post(url + BATCH.path, data=body, headers=JSON) as response:
        answer = await response.read()
    if response.status != 200 or b'"problem"' in answer:
        raise LoadFailed(f"{response.status}: {answer[:200]!r}")


@asynccontextmanager
async def sending_batches(service: Server, file: Path) -> AsyncIterator[None]:
    """Send batches inside the block. Raises `LoadFailed` if an answer was wrong."""
    command = (sys.executable, "-m", "benchmarks.batch_sender", service.url, str(file))
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=benchmark_environment()
    )
    try:
        if process.stdout is None or not await process.stdout.readline():
            raise LoadFailed("the batches failed; see their output above")
        yield
        if process.returncode is not None:
            raise LoadFailed("the batches failed; see their output above")
    finally:
        await stopped(process)


async def _send(url: str, body: bytes) -> None:
    async with aiohttp.ClientSession() as client:
        await convert_many(client, url, body)
        print("sent", flush=True)
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_BATCHES)
            await convert_many(client, url, body)


if __name__ == "__main__":
    uvloop.run(_send(sys.argv[1], Path(sys.argv[2]).read_bytes()))
