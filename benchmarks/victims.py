"""What conversions wait for beside other requests, in processor time of the service.

A service of one thread that is asked while it works answers once it is done with what came before. The processor time
that it spends from a question to its answer is this wait; other programs on the machine, which delay an answer, hardly
change it. For the same reason the client takes precedence over all of them, where it may: otherwise it would notice an
answer late, while the service goes on with other requests.
"""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.resilience.attackers import CONVERT, GOOD, got, posted

from benchmarks.attacks import read_answer

CONNECTIONS = 4
LONGEST_SECONDS = 10.0
QUESTIONS = (posted(CONVERT, GOOD), got(b"/health/live"))


def spent(pid: int) -> float:
    """Return the processor time of all threads of a process, in seconds, to the nanosecond."""
    return time.clock_gettime((~pid << 3) | 2)  # what clock_getcpuclockid(3) returns on Linux


@dataclass(slots=True)
class Waits:
    """Processor time from each question to its answer, and how many were not answered, or not with 200."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0


async def waits(host: str, port: int, pids: Sequence[int], seconds: float) -> Waits:
    """Convert and probe liveness, one at a time, over connections that stay open, as customers' do."""
    with _precedence():
        return await _waits(host, port, pids, seconds)


@contextmanager
def _precedence() -> Iterator[None]:
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except PermissionError:
        yield
        return
    try:
        yield
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


async def _waits(host: str, port: int, pids: Sequence[int], seconds: float) -> Waits:
    found, until, turn = Waits(), time.monotonic() + seconds, 0
    held: list[_Connection | None] = [None] * CONNECTIONS
    while time.monotonic() < until:
        turn += 1
        place = turn // len(QUESTIONS) % CONNECTIONS
        try:
            async with asyncio.timeout(LONGEST_SECONDS):
                connection = held[place] = held[place] or await _opened(host, port, pids)
                before = spent(connection.pid)
                connection.writer.write(QUESTIONS[turn % len(QUESTIONS)])
                status, closes = await read_answer(connection.reader)
            found.seconds.append(spent(connection.pid) - before)
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            status, closes = 0, True
        found.failed += status != 200
        if closes:
            held[place] = None
        await asyncio.sleep(0.001)
    for connection in filter(None, held):
        with suppress(OSError):
            connection.writer.close()
    return found


@dataclass(frozen=True, slots=True)
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    pid: int  # of the process that serves it


async def _opened(host: str, port: int, pids: Sequence[int]) -> _Connection:
    """Open a connection, and ask once, so that a process has accepted it."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(QUESTIONS[0])
    await read_answer(reader)
    ends = port, writer.get_extra_info("sockname")[1]
    return _Connection(reader, writer, pids[0] if len(pids) == 1 else _owner(_socket_between(*ends), pids))


def _socket_between(port: int, other: int) -> str:
    """Return the socket that the service has between these ports, as `/proc` names it."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if (int(fields[1].partition(":")[2], 16), int(fields[2].partition(":")[2], 16)) == (port, other):
            return f"socket:[{fields[9]}]"
    raise ConnectionError("the connection has ended")


def _owner(socket: str, pids: Sequence[int]) -> int:
    for pid in pids:
        for each in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                if each.readlink().as_posix() == socket:
                    return pid
    raise ConnectionError("no process has the connection")
