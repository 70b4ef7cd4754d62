"""One process that streams Binance's books: what it takes in, how soon it serves it, and what that costs."""

import asyncio
import math
import re
import time
from functools import partial
from typing import Any

import orjson

from benchmarks.arithmetic import Measurement, interleaved, percentile, ratios
from benchmarks.bench import Bench, simulated_questions
from benchmarks.figures.costs import event_loop_seconds, processor_seconds
from benchmarks.load import ask
from benchmarks.servers import SERVICE, STILL_EXCHANGES, Harness, Server, running_exchanges, running_service

# The bar's rate, and that beside which conversions must stay quick.
INTAKE_PER_SECOND = 5000
BESIDE_PER_SECOND = 2000
INTAKE_SECONDS = 20

# Many short rounds: the speed of a processor that others use as well changes from one second to the next.
BESIDE_REPEATS, BESIDE_SECONDS, ALONE_SECONDS = 9, 1, 2
SETTLING_SECONDS = 0.5

PRICES = 200
AGES = 400
AGE_EVERY_SECONDS = 0.05
LIVE_SECONDS = 3

REQUESTS = 100_000
SNAPSHOT_EVERY_SECONDS = 50

# Prices of at most a second: without streams each second would cost a call.
BOUND_SECONDS = 1

SETTINGS = {"exchanges": "binance", "sync_interval_seconds": "5", "feeds": "on"}

BOOKS_PATH = "/api/v3/ticker/bookTicker"
QUESTION = b'{"currency_from":"BTC","currency_to":"USDT","amount":1,"cache_max_seconds":1}'
_AGE = re.compile(rb'^crossrate_market_age_seconds\{exchange="binance",payload="streamed"\} (\S+)$', re.MULTILINE)


async def feeds(bench: Bench) -> list[Measurement]:
    """Measure intake, lag, age, conversions beside a stream, and calls."""
    async with running_exchanges(STILL_EXCHANGES) as exchanges:
        harness = Harness(exchanges, bench.harness.redis_url, bench.harness.folder)
        await bench.forget()
        async with running_service(harness, SERVICE, **SETTINGS) as service:
            feed = _Feed(bench, exchanges, service)
            await feed.is_live()
            return [
                *await feed.intake(),
                *await feed.lag(),
                await feed.age(),
                await feed.beside(),
                await feed.calls(),
            ]


class _Feed:
    def __init__(self, bench: Bench, exchanges: str, service: Server) -> None:
        self._bench = bench
        self._exchanges = exchanges
        self._service = service
        self._bodies = [body for kind in simulated_questions(BOUND_SECONDS) for body in kind]

    async def is_live(self) -> None:
        """Wait until streamed prices are in use."""
        async with asyncio.timeout(60):
            while not await self._age() < LIVE_SECONDS:  # noqa: ASYNC110 -- the state is another process's
                await asyncio.sleep(0.1)

    async def intake(self) -> list[Measurement]:
        """Measure the processor time of the process at rest and at the bar's rate."""
        at_rest, _ = await self._busy(0)
        shares, rates = [], []
        for _ in range(3):
            share, rate = await self._busy(INTAKE_PER_SECOND)
            shares.append(share)
            rates.append(rate)
        note = f"{percentile(rates, 0.5):,.0f} messages/s; {at_rest * 100:.1f}% of a core without any"
        return [Measurement("feeds.intake", [share * 100 for share in shares], note)]

    async def lag(self) -> list[Measurement]:
        """Measure from the moment at which the exchange sends a price to the first answer that has it."""
        (row,) = [row for row in await self._books() if row["symbol"] == "BTCUSDT"]
        ask_price, delays = float(row["askPrice"]), []
        for number in range(PRICES):
            bid = f"{float(row['bidPrice']) - 0.01 * (number % 50 + 1):.8f}"
            book = {"u": 10**15 + number, "s": "BTCUSDT", "b": bid, "B": "1.0", "a": f"{ask_price:.8f}", "A": "1.0"}
            message = orjson.dumps({"stream": "btcusdt@bookTicker", "data": book}).decode()
            before = await self._rate()
            sent_at = time.monotonic()
            await self._fault({"kind": "say", "messages": [message]})
            while await self._rate() == before:  # noqa: ASYNC110 -- the rate is another process's
                await asyncio.sleep(0.001)
            delays.append(time.monotonic() - sent_at)
        note = f"{PRICES} prices, from before the exchange is told to send"
        return [
            Measurement("feeds.lag.p50", [percentile(delays, 0.5) * 1000], note),
            Measurement("feeds.lag.p99", [percentile(delays, 0.99) * 1000], note),
        ]

    async def age(self) -> Measurement:
        """Measure how old streamed prices are at any moment, beside messages at the lower rate."""
        await self._burst(BESIDE_PER_SECOND)
        ages = []
        for _ in range(AGES):
            ages.append(await self._age())
            await asyncio.sleep(AGE_EVERY_SECONDS)
        await self._burst(0)
        return Measurement("feeds.age.p99", [percentile(ages, 0.99)], f"p50 {percentile(ages, 0.5):.2f} s")

    async def beside(self) -> Measurement:
        """Compare what one core would convert beside a stream of messages with what it would at rest.

        Calculated from processor time. By the clock, the ratio would be that of this machine, on which the simulator
        that streams and the load take the service's processor time.
        """
        kinds = {"rest": partial(self._capacity, 0), "stream": partial(self._capacity, BESIDE_PER_SECOND)}
        measured = await interleaved(kinds, BESIDE_REPEATS)
        await self._burst(0)
        stream, rest = (percentile(measured[kind], 0.5) for kind in ("stream", "rest"))
        absolute = f"{stream:,.0f}/s beside {rest:,.0f}/s on a core of its own"
        return Measurement("feeds.beside", ratios(measured["stream"], measured["rest"]), absolute=absolute)

    async def _capacity(self, per_second: int) -> float:
        """Return how many conversions a second one core would serve, beside so many messages a second.

        The messages take a share of it by themselves, which is measured without any conversion; the rest converts.
        """
        await self._burst(per_second)
        await asyncio.sleep(SETTLING_SECONDS)
        began_at, used = time.monotonic(), event_loop_seconds(self._service)
        await asyncio.sleep(ALONE_SECONDS)
        share = (event_loop_seconds(self._service) - used) / (time.monotonic() - began_at)
        began_at, used = time.monotonic(), event_loop_seconds(self._service)
        load = await self._bench.load.drive(self._service.url, self._bodies, BESIDE_SECONDS)
        seconds, used = time.monotonic() - began_at, event_loop_seconds(self._service) - used
        return (1 - share) * load.requests / (used - share * seconds)

    async def calls(self) -> Measurement:
        """Count the calls to the exchange that many requests cause, beyond a snapshot about each minute."""
        before, began_at, requests = await self._snapshots(), time.monotonic(), 0
        await self._burst(BESIDE_PER_SECOND)
        while requests < REQUESTS:
            requests += (await self._bench.load.drive(self._service.url, self._bodies, 10)).requests
        await self._burst(0)
        seconds = time.monotonic() - began_at
        calls = await self._snapshots() - before
        beyond = max(0, calls - int(seconds // SNAPSHOT_EVERY_SECONDS) - 1)
        return Measurement("feeds.calls", [beyond], f"{calls} calls within {seconds:.0f} s; {requests:,} requests")

    async def _busy(self, per_second: int) -> tuple[float, float]:
        await self._burst(per_second)
        await asyncio.sleep(2)
        sent, used, began_at = await self._sent(), processor_seconds(self._service), time.monotonic()
        await asyncio.sleep(INTAKE_SECONDS)
        seconds = time.monotonic() - began_at
        share = (processor_seconds(self._service) - used) / seconds
        rate = (await self._sent() - sent) / seconds
        await self._burst(0)
        return share, rate

    async def _burst(self, per_second: int) -> None:
        if per_second:  # the simulator sends a burst to each connection
            connections = len((await self._control("streams"))["exchanges"]["binance"]["connections"])
            await self._fault({"kind": "burst", "per_second": round(per_second / connections)})
        else:
            async with self._bench.client.delete(f"{self._exchanges}/control/streams/binance/fault") as response:
                response.raise_for_status()

    async def _fault(self, fault: dict[str, Any]) -> None:
        address = f"{self._exchanges}/control/streams/binance/fault"
        async with self._bench.client.put(address, json=fault) as response:
            response.raise_for_status()

    async def _rate(self) -> bytes:
        answer: dict[str, str] = orjson.loads(await ask(self._bench.client, self._service.url, QUESTION))
        return answer["rate"].encode()

    async def _sent(self) -> int:
        sent: int = (await self._control("streams"))["exchanges"]["binance"]["sent"]
        return sent

    async def _snapshots(self) -> int:
        calls: int = (await self._control(""))["exchanges"]["binance"]["paths"].get(BOOKS_PATH, 0)
        return calls

    async def _control(self, path: str) -> Any:  # noqa: ANN401 -- any JSON
        async with self._bench.client.get(f"{self._exchanges}/control/{path}".rstrip("/")) as response:
            return await response.json(loads=orjson.loads)

    async def _books(self) -> list[dict[str, str]]:
        async with self._bench.client.get(f"{self._exchanges}/binance{BOOKS_PATH}") as response:
            rows: list[dict[str, str]] = await response.json()
        return rows

    async def _age(self) -> float:
        async with self._bench.client.get(f"{self._service.url}/metrics") as response:
            found = _AGE.search(await response.read())
        return float(found[1]) if found else math.inf
