"""`crossrate serve` as a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import aiohttp
import orjson

from tests.secrecy import secrets_of
from tests.servers.command import CROSSRATE, run_python
from tests.servers.service import JWT_SECRET
from tests.servers.service_client import Service
from tests.servers.source import free_port
from tests.waiting import eventually

SERVE = (sys.executable, *CROSSRATE, "serve")
STOP_SECONDS = 20


class Exchanges(Protocol):
    """The stand-in exchanges, wherever they run."""

    @property
    def url(self) -> str:
        """The address of both."""
        ...


class ServiceProcess:
    """One running process. `folder` is where it runs and where its standard error goes."""

    def __init__(self, process: asyncio.subprocess.Process, service: Service, log_file: Path) -> None:
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
        """Wait for what it does by itself a second after its start."""

        async def look() -> bool:
            dependencies = (await self.service.readiness())["dependencies"]
            return bool(dependencies["database"]["status"] == "up")

        await eventually(look)
        # Accounts and all that they need come along with it, unless somebody asks for readiness first.
        assert (await self.service.ask("GET", "/api/v1/me", headers={"X-API-Key": "crk_nobody"})).status == 401

    async def wait(self) -> int:
        """Return its exit status once it has ended."""
        async with asyncio.timeout(STOP_SECONDS):
            return await self.process.wait()


def environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with just these settings."""
    secrets_of(settings)
    inherited = {name: value for name, value in os.environ.items() if not name.upper().startswith("CROSSRATE_")}
    return inherited | {f"CROSSRATE_{name.upper()}": value for name, value in settings.items()}


@asynccontextmanager
async def running_process(
    exchanges: Exchanges,
    client: aiohttp.ClientSession,
    folder: Path,
    /,
    *,
    command: tuple[str, ...] = SERVE,
    **settings: str,
) -> AsyncIterator[ServiceProcess]:
    """Start a service that asks the stand-ins, and give it when it answers. It is ended at the latest afterwards."""
    port = free_port()
    defaults = {
        "binance_url": f"{exchanges.url}/binance",
        "kucoin_url": f"{exchanges.url}/kucoin",
        "jwt_secret": JWT_SECRET,
        # Shared by processes with databases of their own, which tests of sharing start.
        "redis_prefix": "crossrate",
        # Off unless a test says otherwise: most count the calls that their own requests make.
        "sync_interval_seconds": "0",
        "quote_pairs": "none",  # nobody asks the exchanges but the test
    }
    log_file = folder / f"{port}.log"
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stderr=log, env=environment(port=str(port), **(defaults | settings))
        )
    running = ServiceProcess(process, Service(f"http://127.0.0.1:{port}", client), log_file)

    async def answers() -> bool:
        assert process.returncode is None, running.log()
        try:
            return (await running.service.ask("GET", "/health/live")).status == 200
        except aiohttp.ClientConnectionError:
            return False

    try:
        await eventually(answers)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(folder: Path, *, command: tuple[str, ...] = SERVE, **settings: str) -> tuple[int, str]:
    """Run a service that cannot run; return its exit status and what it wrote to standard error."""
    over = await run_python(*command[1:], folder=folder, environment=environment(**settings))
    return over.status, over.errors
