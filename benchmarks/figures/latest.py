"""How long many conversions at once wait for prices that are fetched for them."""

import asyncio
import statistics
import time
from dataclasses import replace
from itertools import cycle

import orjson

from benchmarks.arithmetic import Measurement, interleaved
from benchmarks.bench import Bench
from benchmarks.load import CONNECTIONS, ask
from benchmarks.servers import SERVICE, STILL_EXCHANGES, Server, running_exchanges, running_service

UPSTREAM_SECONDS = 0.05


async def latest(bench: Bench) -> list[Measurement]:
    """Measure without Redis and with it, while each answer of an exchange takes 50 ms."""
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        bench = replace(bench, harness=replace(bench.harness, exchanges=exchanges))
        await bench.forget()
        # The exchange's own limit would bind after some seconds: here the calls are what they would be below it.
        own = {"max_source_age_seconds": "0"}
        async with (
            running_service(bench.harness, SERVICE, redis_url="", **own) as alone,
            running_service(bench.harness, SERVICE, **own) as shared,
        ):
            await _delayed(bench)
            found = await interleaved({"alone": lambda: _asked(bench, alone), "redis": lambda: _asked(bench, shared)})
    return [
        measurement
        for name, repeats in found.items()
        for measurement in (
            Measurement(f"latest.{name}.wait", [statistics.median(waits) / UPSTREAM_SECONDS for waits in repeats]),
            Measurement(f"latest.{name}.rate", [len(waits) / bench.effort.load_seconds for waits in repeats]),
        )
    ]


async def _delayed(bench: Bench) -> None:
    fault = {"kind": "latency", "milliseconds": round(UPSTREAM_SECONDS * 1000)}
    async with bench.client.put(f"{bench.harness.exchanges}/control/faults/binance", json=fault) as response:
        response.raise_for_status()


async def _asked(bench: Bench, service: Server) -> list[float]:
    """Return how long each answer took that came within the time, over as many connections as ever."""
    bodies = [orjson.dumps({**orjson.loads(body), "cache_max_seconds": None}) for body in bench.direct]
    rotating, started = cycle(bodies), time.perf_counter()
    waits: list[float] = []

    async def ask_repeatedly() -> None:
        while (asked_at := time.perf_counter()) < started + bench.effort.load_seconds:
            await ask(bench.client, service.url, next(rotating))
            waits.append(time.perf_counter() - asked_at)

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(ask_repeatedly())
    return waits
