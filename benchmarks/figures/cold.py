"""How long the first conversion of a service takes, which knows nothing yet."""

import statistics
import time
from dataclasses import replace
from functools import partial

import aiohttp

from benchmarks.arithmetic import Measurement, interleaved
from benchmarks.bench import Bench
from benchmarks.load import ask
from benchmarks.servers import SERVICE, STILL_EXCHANGES, running_exchanges, running_service

UPSTREAM_SECONDS = 0.05

NOTE = "3,500 pairs and the next exchange's list of pairs are parsed in it"


async def cold(bench: Bench) -> list[Measurement]:
    """Measure while each answer of an exchange takes 50 ms; nothing is cached, and no market sync runs."""
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        bench = replace(bench, harness=replace(bench.harness, exchanges=exchanges))
        fault = {"kind": "latency", "milliseconds": round(UPSTREAM_SECONDS * 1000)}
        for exchange in ("binance", "kucoin"):
            control = f"{exchanges}/control/faults/{exchange}"
            async with bench.client.put(control, json=fault) as response:
                response.raise_for_status()
        asked = {"direct": bench.direct[0], "indirect": bench.indirect[0]}
        found = await interleaved({name: partial(_first, bench, body) for name, body in asked.items()})
    return [
        Measurement(f"cold.{name}", [each * 1000 for each in seconds], NOTE, f"{statistics.median(seconds):.3f} s")
        for name, seconds in found.items()
    ]


async def _first(bench: Bench, body: bytes) -> float:
    # The simulated exchanges' clock stands still.
    settings = {"redis_url": "", "max_source_age_seconds": "0"}
    async with running_service(bench.harness, SERVICE, **settings) as service, aiohttp.ClientSession() as client:
        asked_at = time.perf_counter()
        await ask(client, service.url, body)
        return time.perf_counter() - asked_at
