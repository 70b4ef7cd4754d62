"""Costs other than time: upstream calls and bytes, the start, memory."""

import asyncio
import os
import secrets
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.arithmetic import REPEATS, Measurement, interleaved, ratios
from benchmarks.bench import Bench
from benchmarks.load import ask
from benchmarks.servers import Server, running_service

WARM_CONVERSIONS = 1000
LOAD_SECONDS = 10
DATABASE_SECONDS = 20

KUCOIN_QUESTION = b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "exchange": "kucoin"}'

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Cost:
    """Calls to the simulated exchanges, and the compressed size of their answers."""

    calls: int
    kilobytes: float


async def upstream(bench: Bench) -> list[Measurement]:
    """Count the calls of a cold conversion and of many warm ones."""
    direct, indirect, warm = [], [], []
    for _ in range(REPEATS):
        direct.append(await _cold(bench, bench.direct[0]))
        indirect.append(await _cold(bench, bench.indirect[0]))
        warm.append(await _warm(bench))
    return [
        *_both(
            "direct",
            direct,
            "Binance's instruments and book tickers; perhaps KuCoin's instruments",
        ),
        *_both("indirect", indirect, "KuCoin's instruments too, because a direct pair there would come first"),
        *_both("warm", warm),
    ]


async def _cold(bench: Bench, body: bytes) -> _Cost:
    await bench.forget()
    async with running_service(bench.harness) as service:
        before = await _calls(bench)
        await ask(bench.client, service.url, body)
        return await _cost(bench, before)


async def _warm(bench: Bench) -> _Cost:
    async with running_service(bench.harness) as service:
        await bench.answers(service)
        before = await _calls(bench)
        for number in range(WARM_CONVERSIONS):
            await ask(bench.client, service.url, bench.questions[number % len(bench.questions)])
        return await _cost(bench, before)


async def start(bench: Bench) -> list[Measurement]:
    """Measure from the start of the process to the first answer, also for the bare handler."""
    processor: dict[str, list[float]] = {"ours": [], "bare": []}

    async def ours() -> float:
        await bench.forget()
        started = time.perf_counter()
        async with running_service(bench.harness) as service:
            await ask(bench.client, service.url, bench.direct[0])
            processor["ours"].append(processor_seconds(service))
            return time.perf_counter() - started

    async with running_service(bench.harness) as served:

        async def bare() -> float:
            answers = await bench.written_answers(served)
            started = time.perf_counter()
            async with bench.bare_with(answers) as server:
                await ask(bench.client, server.url, bench.direct[0])
                processor["bare"].append(processor_seconds(server))
                return time.perf_counter() - started

        seconds = await interleaved({"ours": ours, "bare": bare})
    note = f"the bare handler, which calls no exchange: {statistics.median(seconds['bare']):.2f} s"
    spent = {name: f"{statistics.median(each):.2f} s" for name, each in processor.items()}
    return [
        Measurement("start", seconds["ours"], note),
        Measurement(
            "start.processor", ratios(processor["ours"], processor["bare"]), f"{spent['ours']} against {spent['bare']}"
        ),
    ]


async def memory(bench: Bench) -> list[Measurement]:
    """Compare a process after a few conversions with the same one after very many."""
    new_database = f"sqlite:///{bench.harness.folder}/memory-{secrets.token_hex(4)}.db"
    async with running_service(bench.harness, database_url=new_database) as service:
        await ask(bench.client, service.url, KUCOIN_QUESTION)  # so that its market is loaded too
        await bench.load.drive(service.url, bench.questions, 1)
        quiet = own_bytes(service)
        await _has_opened_its_database(bench, service.url)
        with_database, at_rest = own_bytes(service), resident_bytes(service)
        answered = 0
        while answered < bench.effort.conversions_for_memory:
            seconds = min(LOAD_SECONDS, bench.effort.load_seconds)
            answered += (await bench.load.drive(service.url, bench.questions, seconds)).requests
        afterwards = resident_bytes(service)
    note = f"{afterwards / MEGABYTE:.1f} MB after {answered:,} conversions; one run"
    return [
        Measurement("memory.rest", [quiet / MEGABYTE], "one run, after one second of conversions"),
        Measurement("memory.database", [with_database / MEGABYTE], "the same, once the database is open"),
        Measurement("memory.growth", [(afterwards / at_rest - 1) * 100], note),
    ]


async def _has_opened_its_database(bench: Bench, url: str) -> None:
    """Wait until a service has opened its database, which takes memory once, when readiness first asks for it."""
    async with asyncio.timeout(DATABASE_SECONDS):
        while True:
            async with bench.client.get(f"{url}/health/ready") as response:
                if (await response.json())["dependencies"]["database"]["status"] == "up":
                    break
            await asyncio.sleep(0.05)
        # The first request with a key loads the accounts' modules, if nothing else has yet.
        async with bench.client.get(f"{url}/api/v1/me", headers={"X-API-Key": "nobody's"}) as response:
            await response.read()


def own_bytes(server: Server) -> int:
    """Return the process's memory: of what it shares with others, only its part where the system tells."""
    shares = Path(f"/proc/{server.pid}/smaps_rollup")
    if not shares.exists():
        return resident_bytes(server)
    lines = dict(line.split(":", 1) for line in shares.read_text().splitlines()[1:])
    return int(lines["Pss"].split()[0]) * 1024


def resident_bytes(server: Server) -> int:
    """Return the process's resident memory, from /proc or else from `ps`."""
    status = Path(f"/proc/{server.pid}/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmRSS"].split()[0]) * 1024
    printed = subprocess.run(["ps", "-o", "rss=", "-p", str(server.pid)], capture_output=True, check=True)  # noqa: S603, S607
    return int(printed.stdout) * 1024


def processor_seconds(server: Server) -> float:
    """Return the processor time that the process has used so far, in seconds."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def event_loop_seconds(server: Server) -> float:
    """Return the processor time that the main thread has used so far, in seconds, to the nanosecond."""
    return int(Path(f"/proc/{server.pid}/task/{server.pid}/schedstat").read_text().split()[0]) / 1e9


async def _calls(bench: Bench) -> dict[str, int]:
    """Return the number of calls per path of each simulated exchange."""
    async with bench.client.get(f"{bench.harness.exchanges}/control") as response:
        exchanges = (await response.json())["exchanges"]
    return {f"/{name}{path}": count for name, each in exchanges.items() for path, count in each["paths"].items()}


def _both(kind: str, costs: list[_Cost], note: str = "") -> list[Measurement]:
    return [
        Measurement(f"upstream.{kind}.calls", [cost.calls for cost in costs], note),
        Measurement(f"upstream.{kind}.bytes", [cost.kilobytes for cost in costs]),
    ]


async def _cost(bench: Bench, before: dict[str, int]) -> _Cost:
    calls = {path: count - before.get(path, 0) for path, count in (await _calls(bench)).items()}
    sizes = [count * await _body_bytes(bench, path) for path, count in calls.items() if count]
    return _Cost(sum(calls.values()), sum(sizes) / 1000)


async def _body_bytes(bench: Bench, path: str) -> int:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as client,
        client.get(bench.harness.exchanges + path) as response,
    ):
        return len(await response.read())
