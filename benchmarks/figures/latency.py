"""How refreshing every market affects the latency of conversions."""

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

# Excludes what a service does once after its start, such as opening its database.
SETTLE_SECONDS = 4.0

# Well below a process's capacity, so that refreshes, not the load, cause any queue.
REQUESTS_PER_SECOND = 400

NOTE = (
    "the answering process refreshes both exchanges; "
    f"{REQUESTS_PER_SECOND} requests/s at a steady pace, because wrk sends nothing during a stall"
)


async def latency(bench: Bench) -> list[Measurement]:
    """Measure p99 with and without refreshes alternately, each on a service of its own.

    The simulated exchanges' clock stands still, so that building their documents takes no processor time.
    """
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        harness = replace(bench.harness, exchanges=exchanges)
        seconds = await interleaved(
            {"with": partial(_p99, bench, harness, REFRESH_SECONDS), "without": partial(_p99, bench, harness, 0)}
        )
    busy, at_rest = (statistics.median(seconds[name]) * 1000 for name in ("with", "without"))
    absolute = f"{busy:.1f} ms against {at_rest:.1f} ms"
    return [Measurement("latency.p99", ratios(seconds["with"], seconds["without"]), NOTE, absolute)]


async def _p99(bench: Bench, harness: Harness, sync_interval_seconds: float) -> float:
    async with running_service(harness, sync_interval_seconds=str(sync_interval_seconds)) as service:
        await bench.answers(service)
        await asyncio.sleep(SETTLE_SECONDS)
        gc.collect()
        gc.disable()  # or this process's collections would count as the service's
        try:
            latencies = await paced(service.url, bench.questions, REQUESTS_PER_SECOND, bench.effort.paced_seconds)
        finally:
            gc.enable()
    return percentile(latencies, 0.99)
