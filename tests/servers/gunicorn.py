"""The service as gunicorn runs it: two processes, one port."""

import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import aiohttp

from tests.servers.service_client import Service
from tests.servers.service_process import ServiceProcess, running_process
from tests.waiting import eventually

GUNICORN = (sys.executable, "-m", "gunicorn", "--config", "python:entrypoints.http.server.gunicorn_config")
_BOOTED = re.compile(r"Booting worker with pid: (\d+)")


def booted(process: ServiceProcess) -> list[int]:
    """Return the process ids of all workers started so far."""
    return [int(pid) for pid in _BOOTED.findall(process.log())]


class Workers:
    """gunicorn with two workers. A worker that is paused leaves its share of the requests to the other."""

    def __init__(self, process: ServiceProcess) -> None:
        self.process = process
        self.service: Service = process.service

    @property
    def booted(self) -> list[int]:
        """The process ids of all that were started so far."""
        return booted(self.process)

    async def are_started(self, number: int) -> None:
        """Wait until so many have been started in all."""

        async def look() -> bool:
            return len(self.process.events("service_started")) == number

        await eventually(look)
        assert len(self.booted) == number

    @contextmanager
    def only(self, worker: int) -> Iterator[None]:
        """Pause the others."""
        others = [pid for pid in self.booted if pid != worker]
        for pid in others:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in others:
                os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def two_workers(
    exchanges_url: str, client: aiohttp.ClientSession, folder: Path, /, **settings: str
) -> AsyncIterator[Workers]:
    chosen = {"workers": "2", "log_format": "json", **settings}
    async with running_process(exchanges_url, client, folder, command=GUNICORN, **chosen) as process:
        workers = Workers(process)
        await workers.are_started(2)
        yield workers
