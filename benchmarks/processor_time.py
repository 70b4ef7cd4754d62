"""The processor time that a server spends on a request: unlike its duration, other programs hardly change it."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.servers import Server


async def cost(service: Server, send: Callable[[], Awaitable[None]], times: int) -> float:
    """Return the seconds of processor time, the kernel's included, that the service spends on one request."""
    before = _processor_seconds(service.pid)
    for _ in range(times):
        await send()
    return (_processor_seconds(service.pid) - before) / times


def _processor_seconds(pid: int) -> float:
    """Return the time in nanoseconds' resolution where the kernel counts so, else in hundredths of a second."""
    nanoseconds = sum(int(each.read_text().split()[0]) for each in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    if nanoseconds:
        return nanoseconds / 1e9
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return sum(map(int, after_name[11:13])) / os.sysconf("SC_CLK_TCK")
