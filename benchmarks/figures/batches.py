"""What a batch of 1,000 warm lines costs, and what it does to conversions beside it."""

import asyncio
import statistics
from functools import partial

import orjson

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.batch_sender import SECONDS_BETWEEN_BATCHES, convert_many, sending_batches
from benchmarks.bench import WARM, Bench
from benchmarks.load import ask
from benchmarks.pairs import Ends, ends_by_legs, simulated_market
from benchmarks.processor_time import cost
from benchmarks.servers import Server, running_service
from benchmarks.sizes import BINANCE_PAIRS
from benchmarks.tails import REQUESTS_PER_SECOND, p99

LINES = 1000

# As much work as a hundred batches.
SINGLE_REQUESTS = 5000
BATCHES = 100

SETTLE_SECONDS = 4.0

COST_NOTE = "processor time of the service, with the kernel's share; half of the lines direct, half over two legs"
BESIDE_NOTE = (
    f"a batch of {LINES:,} lines every {SECONDS_BETWEEN_BATCHES:g} s beside {REQUESTS_PER_SECOND} conversions/s at a "
    "steady pace"
)


async def batches(bench: Bench) -> list[Measurement]:
    """Measure the cost of a batch relative to that of one conversion, and the p99 of conversions beside batches.

    Without the fast lane, in which no batch is: what an HTTP request costs is then part of both.
    """
    body = _batch()
    async with running_service(bench.harness, fast_lane="off", rate_limit_batch="off") as service:
        await bench.answers(service)
        await convert_many(bench.client, service.url, body)
        await asyncio.sleep(SETTLE_SECONDS)
        one = partial(_convert, bench, service)
        many = partial(convert_many, bench.client, service.url, body)
        costs = await interleaved(
            {
                "one": partial(cost, service, one, SINGLE_REQUESTS),
                "many": partial(cost, service, many, BATCHES),
            }
        )
        seconds = await interleaved(
            {"with": partial(_p99_beside, bench, service, body), "without": partial(p99, bench, service)},
            bench.effort.paced_rounds,
        )
    single, batch = (statistics.median(costs[name]) for name in ("one", "many"))
    busy, at_rest = (statistics.median(seconds[name]) * 1000 for name in ("with", "without"))
    return [
        Measurement(
            "batch.cost",
            ratios(costs["many"], costs["one"]),
            COST_NOTE,
            f"{batch * 1e3:.1f} ms against {single * 1e6:.0f} µs",
        ),
        Measurement(
            "batch.p99",
            ratios(seconds["with"], seconds["without"]),
            BESIDE_NOTE,
            f"{busy:.1f} ms against {at_rest:.1f} ms",
        ),
    ]


def _batch() -> bytes:
    ends = ends_by_legs(simulated_market(BINANCE_PAIRS), LINES // 2)
    lines = [_line(number, each) for number, each in enumerate((*ends[1], *ends[2]))]
    return orjson.dumps({"conversions": lines, "cache_max_seconds": WARM})


def _line(number: int, ends: Ends) -> dict[str, object]:
    currency_from, currency_to = ends
    return {"currency_from": currency_from, "currency_to": currency_to, "amount": 100 + number}


async def _convert(bench: Bench, service: Server) -> None:
    await ask(bench.client, service.url, bench.direct[0])


async def _p99_beside(bench: Bench, service: Server, batch: bytes) -> float:
    file = bench.harness.folder / "batch.json"
    file.write_bytes(batch)
    async with sending_batches(service, file):
        return await p99(bench, service)
