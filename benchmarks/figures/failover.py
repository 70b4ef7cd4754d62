"""How long a conversion waits where the first exchange fails and the next one answers."""

import statistics
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial

import orjson
from tests.servers.source import free_port

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.load import ask
from benchmarks.servers import SERVICE, STILL_EXCHANGES, Server, running_exchanges, running_service

QUESTION = b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1}'
NAMED = QUESTION[:-1] + b', "exchange": "kucoin"}'

# Fewer than open the circuit breaker, after which nobody waits for the first exchange at all.
FAILURES = 4

NOTE = "no latency upstream; the second exchange's prices are fetched and parsed in both"

FAULTS: dict[str, dict[str, object]] = {"status": {"kind": "status", "code": 500}, "empty": {"kind": "empty"}}


async def failover(bench: Bench) -> list[Measurement]:
    """Compare answers of the second exchange, after the first refused the connection or gave a bad answer, with others.

    The others are its own answers where it is named, which fetch and parse the same prices.
    """
    measurements = []
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        bench = replace(bench, harness=replace(bench.harness, exchanges=exchanges))
        measurements.append(await _refused(bench))
        for name, fault in FAULTS.items():
            measurements.append(await _faulty(bench, name, fault))
    return measurements


async def _refused(bench: Bench) -> Measurement:
    await bench.forget()
    async with _service(bench, binance_url=f"http://127.0.0.1:{free_port()}") as service:
        await ask(bench.client, service.url, NAMED)  # which also fetches the list of pairs
        return await _compared(bench, service, "refused")


async def _faulty(bench: Bench, name: str, fault: dict[str, object]) -> Measurement:
    await bench.forget()
    async with _service(bench) as service:
        await ask(bench.client, service.url, QUESTION)
        await ask(bench.client, service.url, NAMED)
        control = f"{bench.harness.exchanges}/control/faults/binance"
        async with bench.client.put(control, json=fault) as response:
            response.raise_for_status()
        measurement = await _compared(bench, service, name)
        async with bench.client.delete(control) as response:
            response.raise_for_status()
    return measurement


async def _compared(bench: Bench, service: Server, name: str) -> Measurement:
    async def from_kucoin(question: bytes) -> float:
        asked_at = time.perf_counter()
        answer = orjson.loads(await ask(bench.client, service.url, question))
        seconds = time.perf_counter() - asked_at
        if answer["exchange"] != "kucoin":
            raise AssertionError(f"answered by {answer['exchange']}")
        return seconds

    contenders = {"replacing": partial(from_kucoin, QUESTION), "named": partial(from_kucoin, NAMED)}
    seconds = await interleaved(contenders, FAILURES)
    replacing, named = (statistics.median(each) * 1000 for each in seconds.values())
    absolute = f"{replacing:.1f} ms against {named:.1f} ms"
    return Measurement(f"failover.{name}", ratios(seconds["replacing"], seconds["named"]), NOTE, absolute)


def _service(bench: Bench, **settings: str) -> AbstractAsyncContextManager[Server]:
    """Start a service that does not mind that the simulated exchanges' clock stands still."""
    return running_service(bench.harness, SERVICE, max_source_age_seconds="0", **settings)
