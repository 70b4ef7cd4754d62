"""The processes of a run: simulated exchanges, the service, the bare handler."""

import asyncio
import os
import secrets
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from tests.servers.source import free_port

from benchmarks.bare import ANSWERS_VARIABLE, PORT_VARIABLE
from benchmarks.sizes import BINANCE_PAIRS
from entrypoints.http.rates.routes import PATH

WORKERS = 2

START_SECONDS = 30
STOP_SECONDS = 20
POLL_SECONDS = 0.005

# Longer than a run: otherwise some repeats would fetch expired instruments again, and others would not.
LISTING_MAX_AGE_SECONDS = 86400

ROOT = Path(__file__).parent.parent
CROSSRATE = (sys.executable, "-m", "crossrate")
EXCHANGES = (*CROSSRATE, "simulate", "--port", "0", "--binance-pairs", str(BINANCE_PAIRS), "--weight-times", "1000")
STILL_EXCHANGES = (sys.executable, "-m", "benchmarks.still_exchanges")
SERVICE = (*CROSSRATE, "serve")
SERVICE_WORKERS = (sys.executable, "-m", "gunicorn", "--config", "python:entrypoints.http.server.gunicorn_config")
BARE = (sys.executable, "-m", "benchmarks.bare")
BARE_WORKERS = (
    *(sys.executable, "-m", "gunicorn", "--worker-class", "aiohttp.GunicornUVLoopWebWorker", "--log-level", "warning"),
    *("--no-control-socket", "--workers", str(WORKERS), "benchmarks.bare:bare_app()"),
)
BARE_GRANIAN = (
    *(sys.executable, "-m", "granian", "--interface", "rsgi", "--factory", "--loop", "uvloop", "--no-log"),
    *("--workers", "1", "--host", "127.0.0.1", "benchmarks.bare_granian:granian_app"),
)


class DidNotStart(Exception):
    """A process ended or did not answer in time; the message is its standard error."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running process and its address."""

    url: str
    pid: int


@dataclass(frozen=True, slots=True)
class Harness:
    """What the servers of one run share. They run in `folder`, so that they read nobody's .env."""

    exchanges: str
    redis_url: str
    folder: Path

    def service(self, port: int, **settings: str) -> dict[str, str]:
        """Return the environment of a service on this port; request lines are off by default."""
        ours = {
            "port": str(port),
            "workers": str(WORKERS),
            "redis_url": self.redis_url,
            "binance_url": f"{self.exchanges}/binance",
            "kucoin_url": f"{self.exchanges}/kucoin",
            "listing_max_age_seconds": str(LISTING_MAX_AGE_SECONDS),
            "attempt_timeout_seconds": "10",
            "jwt_secret": secrets.token_hex(32),
            "sync_interval_seconds": "0",  # so that the requests alone are measured
            "feeds": "off",  # likewise; a live stream would also take the place of refreshes
            "quote_pairs": "none",
            "reference_rates": "none",
            "log_level": "warning",
            "log_format": "json",
        }
        return _clean_environment() | {f"CROSSRATE_{name.upper()}": value for name, value in (ours | settings).items()}

    def bare(self, port: int, answers: Path) -> dict[str, str]:
        """Return the environment of a bare handler on this port."""
        return benchmark_environment() | {ANSWERS_VARIABLE: str(answers), PORT_VARIABLE: str(port)}


@asynccontextmanager
async def running_exchanges(command: tuple[str, ...] = EXCHANGES) -> AsyncIterator[str]:
    """Start simulated exchanges and yield the address that they print."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env=benchmark_environment()
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            address = await _announced_address(process)
        yield address
    finally:
        await stopped(process)


@asynccontextmanager
async def running_service(
    harness: Harness, command: tuple[str, ...] = SERVICE, **settings: str
) -> AsyncIterator[Server]:
    """Start a service and yield it once it answers."""
    port = free_port()
    async with _running(command, harness.service(port, **settings), harness.folder, port) as server:
        yield server


@asynccontextmanager
async def running_bare(harness: Harness, answers: Path, command: tuple[str, ...] = BARE) -> AsyncIterator[Server]:
    """Start a bare handler with these answers and yield it once it answers."""
    port = free_port()
    if command is BARE_WORKERS:
        command = (*command, "--bind", f"127.0.0.1:{port}")
    if command is BARE_GRANIAN:
        command = (*command, "--port", str(port))
    async with _running(command, harness.bare(port, answers), harness.folder, port) as server:
        yield server


async def _announced_address(process: asyncio.subprocess.Process) -> str:
    while process.stdout is not None and (line := await process.stdout.readline()):
        name, _, address = line.decode().strip().partition("=")
        if name == "CROSSRATE_BINANCE_URL":
            return address.removesuffix("/binance")
    raise DidNotStart("the simulated exchanges did not start")


@asynccontextmanager
async def _running(
    command: tuple[str, ...], environment: Mapping[str, str], folder: Path, port: int
) -> AsyncIterator[Server]:
    # Log to a file, as under a supervisor: /dev/null would make log lines too cheap.
    log_file = folder / f"{port}.log"
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(*command, cwd=folder, stderr=log, env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        async with aiohttp.ClientSession() as client:
            await _answering(client, url + PATH, process, log_file)
        yield Server(url, process.pid)
    finally:
        await stopped(process)
        log_file.unlink()


async def _answering(
    client: aiohttp.ClientSession, url: str, process: asyncio.subprocess.Process, log_file: Path
) -> None:
    """Return once it gives any answer; how soon it converts is a figure of its own."""
    for _ in range(int(START_SECONDS / POLL_SECONDS)):
        if process.returncode is not None:
            break
        try:
            async with client.post(url, json={}):
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(POLL_SECONDS)
    raise DidNotStart(await asyncio.to_thread(log_file.read_text))


async def stopped(process: asyncio.subprocess.Process) -> None:
    """End a process, if it still runs, and wait for its end."""
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


def benchmark_environment() -> dict[str, str]:
    """Return an environment without settings, in which `benchmarks` can be imported."""
    return _clean_environment() | {"PYTHONPATH": str(ROOT)}


def _clean_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("CROSSRATE_")}
