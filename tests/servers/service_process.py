"""`crossrate serve` as a process of its own."""

import asyncio
import os
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import aiohttp
import orjson

from tests.servers.command import CROSSRATE, environment, run_crossrate, run_python, started
from tests.servers.forked import ForkedProcess, forked
from tests.servers.service import JWT_SECRET
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import settings_of
from tests.servers.source import free_port
from tests.waiting import eventually

SERVE = (sys.executable, *CROSSRATE, "serve")
STOP_SECONDS = 20

_NOTHING = Path(os.devnull)


class ServiceProcess:
    """One running process. `folder` is where it runs and where its standard error goes."""

    def __init__(self, process: Process | ForkedProcess, service: Service, log_file: Path) -> None:
        self.process = process
        self.service = service
        self._log_file = log_file

    def log(self) -> str:
        """Return what it has written to standard error so far."""
        return self._log_file.read_text()

    def events(self, name: str) -> list[dict[str, object]]:
        """Return its JSON log lines of one event."""
        lines = [line for line in self.log().splitlines() if line.startswith("{")]
        return [event for event in map(orjson.loads, lines) if event["event"] == name]

    async def has_opened_its_database(self) -> None:
        """Wait until it has opened its database: an embedded one that holds nothing once something needs it."""

        async def look() -> bool:
            dependencies = (await self.service.readiness())["dependencies"]
            return bool(dependencies["database"]["status"] == "up")

        await eventually(look)
        # The accounts' modules are loaded with it, unless a readiness request came first.
        assert (await self.service.ask("GET", "/api/v1/me", headers={"X-API-Key": "crk_nobody"})).status == 401

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()


@asynccontextmanager
async def running_process(
    exchanges_url: str,
    client: aiohttp.ClientSession,
    folder: Path,
    /,
    *,
    command: tuple[str, ...] | None = None,
    **settings: str,
) -> AsyncIterator[ServiceProcess]:
    """Start a service that calls the simulated exchanges, on a free port or on `port`; yield it once it answers.

    Without a `command`, such as `SERVE`, it is forked from a process that has imported all, which saves a second.
    """
    port = int(settings.pop("port", free_port()))
    defaults = settings_of(exchanges_url) | {
        "jwt_secret": JWT_SECRET,
        # Off unless a test says otherwise: most count the calls that their own requests make.
        "sync_interval_seconds": "0",
        "quote_pairs": "none",
    }
    log_file = folder / f"{port}.log"
    variables = environment(port=str(port), **(defaults | settings))
    async with _started(command, folder, variables, log_file) as process:
        running = ServiceProcess(process, Service(f"http://127.0.0.1:{port}", client), log_file)

        async def answers() -> bool:
            assert process.returncode is None, running.log()
            try:
                return (await running.service.ask("GET", "/health/live")).status == 200
            except aiohttp.ClientConnectionError:
                return False

        await eventually(answers)
        yield running


def _started(
    command: tuple[str, ...] | None, folder: Path, variables: Mapping[str, str], log_file: Path
) -> AbstractAsyncContextManager[Process | ForkedProcess]:
    if command is None:
        return forked(("serve",), folder, variables, (_NOTHING, _NOTHING, log_file))
    return started(*command, folder=folder, environment=variables, log=log_file)


@asynccontextmanager
async def running_command(name: str, folder: Path, **settings: str) -> AsyncIterator[ForkedProcess]:
    """Start `crossrate NAME`, whose standard error is added to NAME.log in `folder`."""
    streams = (_NOTHING, _NOTHING, folder / f"{name}.log")
    async with forked((name,), folder, environment(**settings), streams) as process:
        yield process


async def ended(folder: Path, *, command: tuple[str, ...] | None = None, **settings: str) -> tuple[int, str]:
    """Start a service that cannot run; return its exit status and standard error."""
    variables = environment(**settings)
    if command is None:
        over = await run_crossrate("serve", folder=folder, environment=variables)
    else:
        over = await run_python(*command[1:], folder=folder, environment=variables)
    return over.status, over.errors
