"""`python -m benchmarks.hooks`: how much time each shortcut around aiohttp saves a warm conversion.

Two services answer the same load alternately, one without the hook. The figure is the median ratio of a request's
processor time, which other work on the machine disturbs less than the rate. The fast lane, which no hook serves, is
off. Linux only.
"""

import os
import sys
import tempfile
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

import uvloop
from rich.console import Console

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import simulated_questions
from benchmarks.load import LoadGenerator, choose_load_generator
from benchmarks.servers import ROOT, SERVICE, Harness, Server, running_exchanges, running_service

HOOKS = ("resume_reading", "single_write")

# A hook that saves less is not worth its risk.
WORTH_KEEPING = 1.03

ROUNDS = 9
LOAD_SECONDS = 2
WARM_UP_SECONDS = 2


def serve_without(hook: str) -> None:
    """Serve with one hook disabled. Runs in a process of its own."""
    from entrypoints.cli.main import run as cli  # noqa: PLC0415 -- in that process only
    from entrypoints.http.server.aiohttp_hooks import WatchedConnection  # noqa: PLC0415 -- as above
    from entrypoints.http.server.answer import JsonAnswer  # noqa: PLC0415 -- as above

    if hook == "resume_reading":
        del WatchedConnection.resume_reading
    else:
        JsonAnswer._is_usual = lambda *_: False  # type: ignore[method-assign]  # noqa: SLF001 -- disables it
    sys.argv[1:] = ["serve"]
    cli()


def main() -> None:
    """Measure every hook and print its worth; end with status 1 if one is worth too little."""
    console = Console()
    worths = uvloop.run(_worths(console))
    if any(worth < WORTH_KEEPING for worth in worths):
        raise SystemExit(f"A hook that is worth less than {WORTH_KEEPING - 1:.0%} should go.")


async def _worths(console: Console) -> list[float]:
    bodies, _ = simulated_questions()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        exchanges = await stack.enter_async_context(running_exchanges())
        harness, load = Harness(exchanges, "", folder), choose_load_generator(folder)
        complete = await stack.enter_async_context(running_service(harness, SERVICE, fast_lane="off"))
        measured = []
        for hook in HOOKS:
            async with running_service(harness, _service_without(hook), fast_lane="off") as incomplete:
                worth = Measurement(hook, await _ratios(load, complete, incomplete, bodies))
            lowest, highest = worth.spread
            console.print(f"{hook}: {worth.median:.3f} ({lowest:.3f} to {highest:.3f}), {load.description}")
            measured.append(worth.median)
        return measured


def _service_without(hook: str) -> tuple[str, ...]:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from benchmarks import hooks; hooks.serve_without({hook!r})"
    return (sys.executable, "-c", code)


async def _ratios(load: LoadGenerator, complete: Server, incomplete: Server, bodies: list[bytes]) -> list[float]:
    """Return by how much more processor time a request takes without the hook, in each round."""
    servers = {"complete": complete, "incomplete": incomplete}
    for server in servers.values():
        await load.drive(server.url, bodies, WARM_UP_SECONDS)
    costs = await interleaved({name: partial(_cost, load, each, bodies) for name, each in servers.items()}, ROUNDS)
    return ratios(costs["incomplete"], costs["complete"])


async def _cost(load: LoadGenerator, server: Server, bodies: list[bytes]) -> float:
    """Return the processor time of one request, the kernel's share included."""
    before = _processor_seconds(server.pid)
    driven = await load.drive(server.url, bodies, LOAD_SECONDS)
    return (_processor_seconds(server.pid) - before) / driven.requests


def _processor_seconds(pid: int) -> float:
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    user, system = after_name[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
