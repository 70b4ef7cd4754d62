"""What the fast lane costs questions that it cannot answer: it reads some of them before aiohttp does."""

import statistics
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import cycle

import orjson

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.load import JSON
from benchmarks.processor_time import cost
from benchmarks.servers import Server, running_service
from entrypoints.http.rates.routes import PATH

REPEATS = 40
REQUESTS = 160
FETCHES = 6

# Two headers that nobody reads: the first is one of a plain head, the second is not, so that aiohttp alone reads it.
PLAIN, OTHER = {"Via": "nobody"}, {"X-A": "nobody"}

NOTE = "processor time of one service, with the kernel's share; one connection"


async def vain(bench: Bench) -> list[Measurement]:
    """Compare questions that the lane reads, or may read, with those whose head shows that they are not its."""
    async with running_service(bench.harness) as service:
        await bench.answers(service)
        cases = _cases(bench.direct)
        return [await _compared(bench, service, name, *each) for name, each in cases.items()]


def _cases(direct: Sequence[bytes]) -> dict[str, tuple[list[bytes], int]]:
    """Return bodies that nothing but their content tells from plain ones, and their status."""
    asked = [orjson.loads(body) for body in direct]
    return {
        name: ([orjson.dumps(each | change) for each in asked], status)
        for name, change, status in (
            ("latest", {"cache_max_seconds": None}, 200),
            ("named", {"exchange": "binance"}, 200),
            ("unknown", {"currency_to": "NOPE"}, 404),
            ("refused", {"amount": "-1"}, 422),
            ("misspelt", {"amont": 1}, 422),
        )
    }


async def _compared(bench: Bench, service: Server, name: str, bodies: Sequence[bytes], status: int) -> Measurement:
    times = FETCHES if name == "latest" else REQUESTS
    contenders = {
        way: partial(_cost, bench, service, bodies, JSON | header, status, times)
        for way, header in (("with", PLAIN), ("without", OTHER))
    }
    costs = await interleaved(contenders, REPEATS)
    with_us, without_us = (statistics.median(costs[way]) * 1e6 for way in contenders)
    absolute = f"{with_us:.0f} µs against {without_us:.0f} µs"
    return Measurement(f"vain.{name}", ratios(costs["with"], costs["without"]), NOTE, absolute)


async def _cost(
    bench: Bench, service: Server, bodies: Sequence[bytes], headers: Mapping[str, str], status: int, times: int
) -> float:
    rotating = cycle(bodies)

    async def one() -> None:
        async with bench.client.post(service.url + PATH, data=next(rotating), headers=headers) as response:
            answer = await response.read()
        if response.status != status:
            raise AssertionError(f"{response.status} instead of {status}: {answer!r}")

    return await cost(service, one, times)
