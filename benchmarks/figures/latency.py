"""How refreshing every market affects the latency of conversions."""

import asyncio
import os
import signal
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.servers import SERVICE, STILL_EXCHANGES, Harness, Server, running_exchanges, running_service
from benchmarks.tails import REQUESTS_PER_SECOND, p99

REFRESH_SECONDS = 1.0

# Excludes what a service does once after its start, such as opening its database.
SETTLE_SECONDS = 4.0

NOTE = (
    "the answering process refreshes both exchanges; "
    f"{REQUESTS_PER_SECOND} requests/s at a steady pace, because wrk sends nothing during a stall"
)


async def latency(bench: Bench) -> list[Measurement]:
    """Measure p99 with and without refreshes alternately, each on a service of its own, while the other is paused.

    The simulated exchanges' clock stands still, so that building their documents takes no processor time.
    """
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        harness = replace(bench.harness, exchanges=exchanges)
        async with (
            _paused(bench, harness, sync_interval_seconds=str(REFRESH_SECONDS)) as refreshing,
            _paused(bench, harness) as still,
        ):
            seconds = await interleaved(
                {"with": partial(_p99, bench, refreshing), "without": partial(_p99, bench, still)},
                bench.effort.paced_rounds,
            )
    busy, at_rest = (statistics.median(seconds[name]) * 1000 for name in ("with", "without"))
    absolute = f"{busy:.1f} ms against {at_rest:.1f} ms"
    return [Measurement("latency.p99", ratios(seconds["with"], seconds["without"]), NOTE, absolute)]


async def lane(bench: Bench) -> list[Measurement]:
    """Measure p99 with and without the fast lane alternately, likewise."""
    async with _paused(bench, bench.harness) as fast, _paused(bench, bench.harness, fast_lane="off") as usual:
        contenders = {"with": partial(_p99, bench, fast), "without": partial(_p99, bench, usual)}
        seconds = await interleaved(contenders, bench.effort.paced_rounds)
    fast_ms, usual_ms = (statistics.median(seconds[name]) * 1000 for name in ("with", "without"))
    absolute = f"{fast_ms:.1f} ms against {usual_ms:.1f} ms"
    return [Measurement("lane.p99", ratios(seconds["with"], seconds["without"]), absolute=absolute)]


@asynccontextmanager
async def _paused(bench: Bench, harness: Harness, **settings: str) -> AsyncIterator[Server]:
    async with running_service(harness, SERVICE, **settings) as service:
        await bench.answers(service)
        await asyncio.sleep(SETTLE_SECONDS)
        os.kill(service.pid, signal.SIGSTOP)
        try:
            yield service
        finally:
            os.kill(service.pid, signal.SIGCONT)


async def _p99(bench: Bench, service: Server) -> float:
    os.kill(service.pid, signal.SIGCONT)
    try:
        await bench.answers(service)  # whatever is due is done now
        return await p99(bench, service)
    finally:
        os.kill(service.pid, signal.SIGSTOP)
