"""Driving a server as hard as it goes: with wrk where it is on the PATH, else with a client of our own."""

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
    """Some requests were not answered with 200: then a rate of requests means nothing."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load."""

    requests: int
    per_second: float


class LoadGenerator(Protocol):
    """Sends POSTs over 32 connections, each waiting for its answer, going round and round the bodies."""

    @property
    def description(self) -> str:
        """What it is, for the head of the table."""
        ...

    async def drive(self, url: str, bodies: Sequence[bytes], seconds: int) -> Load:
        """Load the server for so long. Raises `LoadFailed`."""
        ...


def choose_load_generator(folder: Path) -> LoadGenerator:
    """Take wrk where it can be had. `folder` is for its script."""
    found = shutil.which("wrk")
    return OwnClient() if found is None else Wrk(found, folder)


class Wrk(LoadGenerator):
    """wrk, in a process of its own, costs a tenth of what it measures."""

    description = "wrk"

    def __init__(self, executable: str, folder: Path) -> None:
        self._executable = executable
        self._script = folder / "requests.lua"

    async def drive(self, url: str, bodies: Sequence[bytes], seconds: int) -> Load:
        """Load the server for so many whole seconds."""
        quoted = ", ".join(f"[==[{body.decode()}]==]" for body in bodies)
        self._script.write_text(_SCRIPT.format(bodies=quoted, path=PATH), encoding="utf-8")
        arguments = ("--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s")
        process = await asyncio.create_subprocess_exec(
            self._executable, *arguments, "--script", str(self._script), url, stdout=asyncio.subprocess.PIPE
        )
        output, _ = await process.communicate()
        return read_wrk(output.decode())


def read_wrk(output: str) -> Load:
    """Read what wrk printed. Raises `LoadFailed` when not every request was answered well."""
    faults = _FAULTS.findall(output)
    total, per_second = _TOTAL.search(output), _PER_SECOND.search(output)
    if faults or total is None or per_second is None:
        raise LoadFailed("; ".join(faults) or f"wrk said: {output}")
    return Load(int(total[1]), float(per_second[1]))


class OwnClient(LoadGenerator):
    """aiohttp's client. It is slower than the servers it drives, so it hides some of the difference between them."""

    description = "bundled aiohttp client, since wrk is not on the PATH: it is the bottleneck, and flatters every ratio"

    async def drive(self, url: str, bodies: Sequence[bytes], seconds: int) -> Load:
        """Load the server for so long."""
        started = time.perf_counter()
        round_and_round = cycle(bodies)
        connector = aiohttp.TCPConnector(limit=CONNECTIONS)

        async def ask_on_and_on() -> int:
            answered = 0
            while time.perf_counter() - started < seconds:
                await ask(client, url, next(round_and_round))
                answered += 1
            return answered

        async with aiohttp.ClientSession(connector=connector) as client, asyncio.TaskGroup() as group:
            asking = [group.create_task(ask_on_and_on()) for _ in range(CONNECTIONS)]
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
    """Ask at a steady pace, whether or not earlier answers are there; return how long each took, in seconds.

    A generator that waits for its answers asks nothing while the server stalls, and so hardly sees the stall.
    """
    clock = time.perf_counter  # uvloop's own counts whole milliseconds
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
