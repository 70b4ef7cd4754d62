"""What a refresh of every market does to the conversions that happen meanwhile."""

import asyncio
import gc
import statistics
from dataclasses import replace
from functools import partial

from benchmarks.arithmetic import Measurement, interleaved, percentile, ratios
from benchmarks.bench import Bench
from benchmarks.load import paced
from benchmarks.servers import STILL_EXCHANGES, Harness, running_exchanges, running_service

REFRESH_SECONDS = 1.0

# What a service does once after its start, opening its database say, is no part of either figure.
SETTLE_SECONDS = 4.0

# Well below what a process can do: the queue that forms is the refresh's doing and not the load's.
REQUESTS_PER_SECOND = 400

NOTE = (
    "by the market sync, of both exchanges, in the process that answers; "
    f"{REQUESTS_PER_SECOND} requests/s at a steady pace, since wrk asks nothing during a stall"
)


async def latency(bench: Bench) -> list[Measurement]:
    """Measure p99 with and without refresh, in turns, each on a service of its own: one at rest must not be disturbed.

    The stand-ins' documents do not change, so that making them takes no processor from those who read them.
    """
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        harness = replace(bench.harness, exchanges=exchanges)
        seconds = await interleaved(
            {"with": partial(_p99, bench, harness, REFRESH_SECONDS), "without": partial(_p99, bench, harness, 0)}
        )
    told = ", ".join(f"{statistics.median(each) * 1000:.1f} ms {name}" for name, each in seconds.items())
    return [Measurement("latency.p99", ratios(seconds["with"], seconds["without"]), f"{told}; {NOTE}")]


async def _p99(bench: Bench, harness: Harness, sync_interval_seconds: float) -> float:
    async with running_service(harness, sync_interval_seconds=str(sync_interval_seconds)) as service:
        await bench.answers(service)
        await asyncio.sleep(SETTLE_SECONDS)
        gc.collect()
        gc.disable()  # our own collector's pauses would be counted as the service's
        try:
            latencies = await paced(service.url, bench.questions, REQUESTS_PER_SECOND, bench.effort.paced_seconds)
        finally:
            gc.enable()
    return percentile(latencies, 0.99)
