"""Load on a server, as much as it can take: from wrk if it is on the PATH, otherwise from a client of our own."""

import asyncio
import re
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Protocol

import aiohttp

from entrypoints.http.rates.routes import PATH

CONNECTIONS = 32
JSON = {"Content-Type": "application/json"}

_TOTAL = re.compile(r"^\s*(\d+) requests in ", re.MULTILINE)
_PER_SECOND = re.compile(r"^Requests/sec:\s*([\d.]+)", re.MULTILINE)
_FAULTS = re.compile(r"^\s*(Socket errors: .*|Non-2xx or 3xx responses: .*)$", re.MULTILINE)

_SCRIPT = """\
local bodies = {{ {bodies} }}
local requests, last = {{}}, 0
init = function()
  for number, body in ipairs(bodies) do
    requests[number] = wrk.format("POST", "{path}", {{ ["Content-Type"] = "application/json" }}, body)
  end
end
request = function()
  last = last % #requests + 1
  return requests[last]
end
"""


class LoadFailed(Exception):
    """Some answers were not 200, so their rate means nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """How many requests a server answered under load."""

    requests: int
    per_second: float


class LoadGenerator(Protocol):
    """Sends POSTs with rotating bodies over 32 connections, each of which waits for its answer."""

    @property
    def description(self) -> str:
        """Its name in the head of the table."""
        ...

    async def drive(self, url: str, bodies: Sequence[bytes], seconds: int) -> Load:
        """Load the server for `seconds`. Raises `LoadFailed`."""
        ...


def choose_load_generator(folder: Path) -> LoadGenerator:
    """Return wrk if it is installed. Its script is written to `folder`."""
    found = shutil.which("wrk")
    return OwnClient() if found is None else Wrk(found, folder)


class Wrk(LoadGenerator):
    """wrk in its own process. It costs a tenth of what it measures."""

    description = "wrk"

    def __init__(self, executable: str, folder: Path) -> None:
        self._executable = executable
        self._script = folder / "requests.lua"

    async def drive(self, url: str, bodies: Sequence[bytes], seconds: int) -> Load:
        """Load the server for whole seconds."""
        quoted = ", ".join(f"[==[{body.decode()}]==]" for body in bodies)
        self._script.write_text(_SCRIPT.format(bodies=quoted, path=PATH), encoding="utf-8")
        arguments = ("--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s")
        process = await asyncio.create_subprocess_exec(
            self._executable, *arguments, "--script", str(self._script), url, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        return read_wrk(output.decode())


def read_wrk(output: str) -> Load:
    """Parse wrk's output. Raises `LoadFailed` if any request failed."""
    faults = _FAULTS.findall(output)
    total, per_second = _TOTAL.search(output), _PER_SECOND.search(output)
    if faults or total is None or per_second is None:
        raise LoadFailed("; ".join(faults) or f"unexpected output of wrk: {output}")
    return Load(int(total[1]), float(per_second[1]))


class OwnClient(LoadGenerator):
    """aiohttp's client. It is slower than the servers it loads, so it hides a part of the difference between them."""

    description = "bundled aiohttp client (wrk is not on the PATH), which is the bottleneck and flatters every ratio"

    async def drive(self, url: str, bodies: Sequence[bytes], seconds: int) -> Load:
        """Load the server for `seconds`."""
        started = time.perf_counter()
        rotating = cycle(bodies)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)

        async def ask_repeatedly() -> int:
            answered = 0
            while time.perf_counter() - started < seconds:
                await ask(client, url, next(rotating))
                answered += 1
            return answered

        async with aiohttp.ClientSession(connector=connector) as client, asyncio.TaskGroup() as group:
            asking = [group.create_task(ask_repeatedly()) for _ in range(CONNECTIONS)]
        answered = sum(task.result() for task in asking)
        return Load(answered, answered / (time.perf_counter() - started))


async def ask(client: aiohttp.ClientSession, url: str, body: bytes) -> bytes:
    """Ask for one conversion and return the answer. Raises `LoadFailed` unless it is a 200."""
    async with client.post(url + PATH, data=body, headers=JSON) as response:
        answer = await response.read()
    if response.status != 200:
        raise LoadFailed(f"{response.status} for {body!r}: {answer!r}")
    return answer


async def paced(url: str, bodies: Sequence[bytes], per_second: float, seconds: float) -> list[float]:
    """Ask at a steady pace without waiting for earlier answers; return each latency in seconds.

    A client that waits for its answers sends nothing while the server stalls, so it hardly notices the stall.
    """
    clock = time.perf_counter  # uvloop's clock has a resolution of milliseconds
    latencies: list[float] = []

    async def one(body: bytes) -> None:
        asked_at = clock()
        await ask(client, url, body)
        latencies.append(clock() - asked_at)

    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as client, asyncio.TaskGroup() as group:
        started = clock()
        for number, body in zip(range(int(per_second * seconds)), cycle(bodies), strict=False):
            await asyncio.sleep(started + number / per_second - clock())
            group.create_task(one(body))
    return latencies
