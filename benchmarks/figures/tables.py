"""What `GET /rates` of 1,000 symbols costs: made anew, kept while no price moves, and unchanged for a client."""

import asyncio
import statistics
from functools import partial
from itertools import cycle

import aiohttp

from benchmarks.arithmetic import Measurement, interleaved, ratios
from benchmarks.bench import WARM, Bench
from benchmarks.load import ask
from benchmarks.pairs import simulated_market
from benchmarks.processor_time import cost
from benchmarks.servers import Server, running_service
from benchmarks.sizes import BINANCE_PAIRS
from domain.currency import Currency
from domain.rates.routing import find_route

SYMBOLS = 1000

# More than tables are kept, and so many routes that none is kept either: each table is made as after a price change.
BASES = 24
TIMES = 48

RATES = "/api/v1/rates"

SETTLE_SECONDS = 4.0

SINGLE_REQUESTS = 5000
KEPT_TIMES = 500

NOTE = (
    "processor time of the service, with the kernel's share; each of another base, so that neither table nor routes "
    "are kept, as after a change of prices"
)


async def tables(bench: Bench) -> list[Measurement]:
    """Measure the cost of a table relative to that of one warm conversion, without the fast lane, as in `batches`."""
    symbols, bases = _currencies()
    asked = cycle([_query(base, symbols) for base in bases])
    async with running_service(bench.harness, fast_lane="off", rate_limit_batch="off") as service:
        await bench.answers(service)  # brings the markets into memory
        tag = await _table(bench.client, service, next(asked), "")
        await asyncio.sleep(SETTLE_SECONDS)

        async def one() -> None:
            await ask(bench.client, service.url, bench.direct[0])

        async def made() -> None:
            await _table(bench.client, service, next(asked), "")

        async def kept() -> None:
            await _table(bench.client, service, _query(bases[0], symbols), "")

        async def unchanged() -> None:
            await _table(bench.client, service, _query(bases[0], symbols), tag)

        costs = await interleaved(
            {
                "one": partial(cost, service, one, SINGLE_REQUESTS),
                "made": partial(cost, service, made, TIMES),
                "kept": partial(cost, service, kept, KEPT_TIMES),
                "unchanged": partial(cost, service, unchanged, KEPT_TIMES),
            }
        )
    single = statistics.median(costs["one"])
    return [
        Measurement(
            f"table.{name}",
            ratios(costs[name], costs["one"]),
            note,
            f"{statistics.median(costs[name]) * 1e3:.2f} ms against {single * 1e6:.0f} µs",
        )
        for name, note in (("made", NOTE), ("kept", ""), ("unchanged", "with the ETag of the answer before: 304"))
    ]


async def _table(client: aiohttp.ClientSession, service: Server, query: dict[str, str], tag: str) -> str:
    headers = {"If-None-Match": tag} if tag else {}
    async with client.get(service.url + RATES, params=query, headers=headers) as response:
        body = await response.read()
        if response.status != (304 if tag else 200) or (not tag and body.count(b'"rate"') < SYMBOLS * 0.9):
            raise AssertionError(f"no table of {SYMBOLS} rates: {response.status} {body[:200]!r}")
        return response.headers["ETag"]


def _query(base: Currency, symbols: list[Currency]) -> dict[str, str]:
    return {"base": base, "symbols": ",".join(symbols), "cache_max_seconds": str(WARM)}


def _currencies() -> tuple[list[Currency], list[Currency]]:
    """Return 1,000 symbols, and bases that are not among them."""
    market, usdt = simulated_market(BINANCE_PAIRS), Currency("USDT")
    listed = sorted({end for each in market.instruments for end in (each.pair.base, each.pair.quote)})
    found = [code for code in listed if code.isascii() and find_route(market, code, usdt) is not None]
    return found[:SYMBOLS], found[SYMBOLS : SYMBOLS + BASES]
