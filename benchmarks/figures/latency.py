"""What a refresh of every market does to the conversions that happen meanwhile."""

import asyncio
import gc
import statistics
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import orjson

from benchmarks.arithmetic import Measurement, interleaved, percentile, ratios
from benchmarks.bench import Bench
from benchmarks.load import ask, paced
from benchmarks.servers import Server, running_service
from entrypoints.settings import Settings

REFRESH_SECONDS = 1.0

# Well below what a process can do: the queue that forms is the refresh's doing and not the load's.
REQUESTS_PER_SECOND = 400

NOTE = (
    "refreshed by a request a second and exchange with cache_max_seconds null, there being no loop for it yet; "
    f"{REQUESTS_PER_SECOND} requests/s at a steady pace, since wrk asks nothing during a stall; "
    "the stand-ins, working each second too, share the processors"
)


async def latency(bench: Bench) -> list[Measurement]:
    """Measure p99 with and without refresh, in turns, on one service."""
    async with running_service(bench.house) as service:
        await bench.answers(service)

        async def p99_at_rest() -> float:
            return await _p99(bench, service)

        async def p99_with_refresh() -> float:
            async with _refreshed_each_second(bench, service):
                return await _p99(bench, service)

        seconds = await interleaved({"with": p99_with_refresh, "without": p99_at_rest})
    told = ", ".join(f"{statistics.median(each) * 1000:.1f} ms {name}" for name, each in seconds.items())
    return [Measurement("latency.p99", ratios(seconds["with"], seconds["without"]), f"{told}; {NOTE}")]


async def _p99(bench: Bench, service: Server) -> float:
    gc.collect()
    gc.disable()  # our own collector's pauses would be counted as the service's
    try:
        return percentile(
            await paced(service.url, bench.questions, REQUESTS_PER_SECOND, bench.effort.paced_seconds), 0.99
        )
    finally:
        gc.enable()


@asynccontextmanager
async def _refreshed_each_second(bench: Bench, service: Server) -> AsyncIterator[None]:
    refreshing = asyncio.create_task(_refresh_on_and_on(bench, service))
    try:
        yield
    finally:
        refreshing.cancel()
        with suppress(asyncio.CancelledError):
            await refreshing


async def _refresh_on_and_on(bench: Bench, service: Server) -> None:
    exchanges = Settings.model_fields["exchanges"].default
    question = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "cache_max_seconds": None}
    while True:
        async with asyncio.TaskGroup() as group:
            for exchange in exchanges:
                group.create_task(ask(bench.client, service.url, orjson.dumps(question | {"exchange": exchange})))
            group.create_task(asyncio.sleep(REFRESH_SECONDS))
