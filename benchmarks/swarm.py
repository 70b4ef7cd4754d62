"""`make locust`: drive the traffic mix against a service over simulated exchanges, or against any host."""

import asyncio
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import orjson
import typer
import uvloop

from benchmarks.servers import Harness, benchmark_environment, running_exchanges, running_service, stopped
from benchmarks.traffic import Kind, simulated_mix, well_known_mix

LOCUSTFILE = Path(__file__).parent / "locustfile.py"
MIX_VARIABLE = "BENCHMARK_MIX"  # the same as in the locustfile, whose import would patch this process

HostOption = Annotated[str, typer.Option(envvar="HOST", help="The service to drive; one is started if it is empty.")]
HeadlessOption = Annotated[
    bool, typer.Option(envvar="HEADLESS", help="Drive without a web page, print the table and end.")
]
UsersOption = Annotated[int, typer.Option(envvar="USERS", min=1, max=1000, help="Concurrent users.")]
SecondsOption = Annotated[int, typer.Option(envvar="SECONDS", min=1, max=3600, help="Duration if headless.")]


def main(
    *, host: HostOption = "", headless: HeadlessOption = False, users: UsersOption = 20, seconds: SecondsOption = 30
) -> None:
    """Drive the traffic. The exit status is not 0 if any answer was unexpected."""
    if host and not host.startswith(("http://", "https://")):
        raise typer.BadParameter("must begin with http:// or https://", param_hint="HOST")
    arguments = ["--users", str(users), "--spawn-rate", str(users)]
    if headless:
        arguments += ["--headless", "--only-summary", "--run-time", f"{seconds}s", "--stop-timeout", "5"]
    else:
        arguments += ["--web-host", "127.0.0.1"]
    raise typer.Exit(uvloop.run(_driven(host, arguments)))


async def _driven(host: str, arguments: Sequence[str]) -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if host:
            return await _locust(host, well_known_mix(), folder, arguments)
        exchanges = await stack.enter_async_context(running_exchanges())
        harness = Harness(exchanges, redis_url="", folder=folder)
        service = await stack.enter_async_context(running_service(harness))
        mix = await asyncio.to_thread(simulated_mix)
        return await _locust(service.url, mix, folder, arguments)


async def _locust(host: str, mix: Sequence[Kind], folder: Path, arguments: Sequence[str]) -> int:
    """Run locust in its own process, because it patches the standard library; return its exit status."""
    file = folder / "mix.json"
    file.write_bytes(orjson.dumps([asdict(kind) for kind in mix]))
    command = (sys.executable, "-m", "locust", "--locustfile", str(LOCUSTFILE), "--host", host, *arguments)
    environment = benchmark_environment() | {MIX_VARIABLE: str(file)}
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=environment)
    try:
        return await process.wait()
    finally:
        await stopped(process)


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(main)
    app()
