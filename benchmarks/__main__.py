"""`make bench`: measure every figure in one run and show one table."""

import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import Annotated

import aiohttp
import typer
import uvloop
from rich.console import Console
from tests.servers.redis import choose_redis

from benchmarks import report
from benchmarks.arithmetic import REPEATS, Measurement
from benchmarks.bench import Bench, simulated_questions
from benchmarks.effort import FULL, SHORT, Effort
from benchmarks.figures.attacks import attacks
from benchmarks.figures.batches import batches
from benchmarks.figures.cold import cold
from benchmarks.figures.costs import memory, start, upstream
from benchmarks.figures.failover import failover
from benchmarks.figures.feeds import feeds
from benchmarks.figures.forming import forming
from benchmarks.figures.growth import growth
from benchmarks.figures.latency import lane, latency
from benchmarks.figures.latest import latest
from benchmarks.figures.ledger import ledger
from benchmarks.figures.orders import orders
from benchmarks.figures.quotes import quotes
from benchmarks.figures.refreshing import refreshing
from benchmarks.figures.refusals import refusals
from benchmarks.figures.routing import routing
from benchmarks.figures.streams import streams
from benchmarks.figures.tables import tables
from benchmarks.figures.throughput import one_process, several_processes
from benchmarks.figures.vain import vain
from benchmarks.figures.worth import worth
from benchmarks.load import choose_load_generator
from benchmarks.servers import Harness, running_exchanges
from benchmarks.sizes import BINANCE_PAIRS
from benchmarks.targets import SHORT_TAIL_TOLERANCE, SHORT_TARGETS, TARGETS, TOLERANCE, Target

RESULTS = Path(__file__).parent / "results"

FIGURES: tuple[Callable[[Bench], Awaitable[list[Measurement]]], ...] = (
    one_process,
    several_processes,
    latency,
    lane,
    batches,
    refusals,
    vain,
    refreshing,
    routing,
    upstream,
    cold,
    failover,
    latest,
    start,
    memory,
    quotes,
    worth,
    tables,
    streams,
    feeds,
    ledger,
    growth,
    orders,
    forming,
    attacks,
)
# They fill a database, open a thousand connections, need an idle machine or take minutes: a short run measures them
# only when named.
LONG = {"attacks", "feeds", "forming", "growth", "latest", "ledger", "orders", "streams"}
# With --check, a figure that misses is measured this many times in all: noise passes, a real loss stays.
ATTEMPTS_TO_HOLD = 3

NAMES = [figure.__name__ for figure in FIGURES]

ShortOption = Annotated[bool, typer.Option("--short", help="Shorter loads, for CI.")]
CheckOption = Annotated[
    bool, typer.Option("--check", help=f"End with status 1 if a bar is missed by over {TOLERANCE:.0%} three times.")
]
OnlyOption = Annotated[
    list[str] | None, typer.Option("--only", help=f"Measure only one of {', '.join(NAMES)}; repeatable.")
]


def main(*, short: ShortOption = False, check: CheckOption = False, only: OnlyOption = None) -> None:
    """Measure, and write benchmarks/results/latest.json."""
    unknown = set(only or []) - set(NAMES)
    if unknown:
        raise typer.BadParameter(f"no such figure: {', '.join(sorted(unknown))}", param_hint="--only")
    console = Console(stderr=True)
    console.print(f"This takes about {'five' if short else 'ten'} minutes.")
    attempts = ATTEMPTS_TO_HOLD if check else 1
    effort, targets = (SHORT, SHORT_TARGETS) if short else (FULL, TARGETS)
    head, measurements = uvloop.run(
        _measured(
            effort, targets, set(only or (name for name in NAMES if not short or name not in LONG)), attempts, console
        )
    )
    judged = report.rows(measurements, targets)
    # Wide enough for the whole table in a log, because rich would cut its cells at 80 columns.
    Console(width=None if sys.stdout.isatty() else 160).print(report.table(judged, head))
    console.print(f"Written to {report.write(RESULTS, judged, head=head, short=short)}")
    failed = report.missed(judged)
    if check and failed:
        tolerance = f"{TOLERANCE:.0%}" + (f", a p99 by more than {SHORT_TAIL_TOLERANCE:.0%}" if short else "")
        console.print(f"[red]Missed by more than {tolerance}:[/red]", *failed, sep="\n  ")
        raise typer.Exit(1)


async def _measured(
    effort: Effort, targets: Mapping[str, Target], names: set[str], attempts: int, console: Console
) -> tuple[str, list[Measurement]]:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = choose_redis(prefer_process=True)
        redis_url = stack.enter_context(redis.start())
        exchanges = await stack.enter_async_context(running_exchanges())
        load = choose_load_generator(folder)
        head = (
            f"Median and spread of {REPEATS} alternating repeats, {effort.paced_rounds} of a p99. "
            f"Simulated exchanges with {BINANCE_PAIRS:,} pairs on Binance.\n"
            f"Load: {load.description}. Redis: {redis.description}.\nHere: {report.machine_in_words()}."
        )
        console.print(head)
        client = await stack.enter_async_context(aiohttp.ClientSession())
        direct, indirect = await asyncio.to_thread(simulated_questions)
        bench = Bench(Harness(exchanges, redis_url, folder), load, effort, client, direct, indirect)
        measurements: list[Measurement] = []
        for figure in FIGURES:
            if figure.__name__ in names:
                with console.status(f"measuring: {figure.__name__}"):
                    measurements += await report.held(partial(figure, bench), targets, attempts)
                console.print(f"measured: {figure.__name__}")
    return head, measurements


if __name__ == "__main__":
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    app()
