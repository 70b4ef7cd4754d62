"""1,000 clients of one process, each with a stream of 5 pairs whose prices move each second."""

import asyncio
import resource
import time
from contextlib import suppress

from benchmarks.arithmetic import Measurement, percentile
from benchmarks.bench import Bench
from benchmarks.figures.costs import processor_seconds, resident_bytes
from benchmarks.load import ask
from benchmarks.servers import SERVICE, running_service

CLIENTS = 1000
PAIRS_EACH = 5
SECONDS = 20

# Opened at a time, so that none waits in the queue of the listening socket.
OPENED_AT_ONCE = 50

BASES = ("BTC", "ETH", "BNB", "TRX", "ADA", "XRP", "SOL", "DOGE", "DOT", "LTC")

SETTINGS = {"sync_interval_seconds": "1", "max_connections_per_address": "0"}

KILOBYTE = 1024


async def streams(bench: Bench) -> list[Measurement]:
    """Measure the processor time and memory of the streams, and how long after the first client each gets a change."""
    _allow_descriptors(2 * CLIENTS)
    async with running_service(bench.harness, SERVICE, **SETTINGS) as service:
        await ask(bench.client, service.url, bench.direct[0])
        before = resident_bytes(service)
        seen = _Seen()
        clients = [_Client(service.url, number, seen) for number in range(CLIENTS)]
        for start in range(0, CLIENTS, OPENED_AT_ONCE):
            await asyncio.gather(*(client.open() for client in clients[start : start + OPENED_AT_ONCE]))
        reading = [asyncio.create_task(client.read()) for client in clients]
        await asyncio.sleep(2)
        seen.forget()
        began_at, used = time.monotonic(), processor_seconds(service)
        await asyncio.sleep(SECONDS)
        share = (processor_seconds(service) - used) / (time.monotonic() - began_at)
        memory = (resident_bytes(service) - before) / CLIENTS / KILOBYTE
        for task in reading:
            task.cancel()
        await asyncio.wait(reading)
    if len(seen.delays) < CLIENTS:
        raise AssertionError("prices did not move")
    note = f"{len(seen.delays) / SECONDS:,.0f} events/s; one run"
    return [
        Measurement("streams.processor", [share * 100], note),
        Measurement("streams.memory", [memory], "one run"),
        Measurement("streams.p99", [percentile(seen.delays, 0.99) * 1000], "after the first client that got it"),
    ]


class _Seen:
    """When each event first arrived, and how much later it arrived at the others."""

    def __init__(self) -> None:
        self.delays: list[float] = []
        self._first: dict[bytes, float] = {}

    def note(self, identity: bytes) -> None:
        now = time.monotonic()
        self.delays.append(now - self._first.setdefault(identity, now))

    def forget(self) -> None:
        self.delays.clear()
        self._first.clear()


class _Client:
    def __init__(self, url: str, number: int, seen: _Seen) -> None:
        self._address = url.removeprefix("http://").split(":")
        bases = [BASES[(number + each) % len(BASES)] for each in range(PAIRS_EACH)]
        self._path = "/api/v1/stream?pairs=" + ",".join(f"{base}/USDT" for base in bases)
        self._seen = seen

    async def open(self) -> None:
        host, port = self._address
        self._reader, self._writer = await asyncio.open_connection(host, int(port))
        self._writer.write(f"GET {self._path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())

    async def read(self) -> None:
        try:
            while line := await self._reader.readline():
                if line.startswith(b"id: "):
                    self._seen.note(line)
        finally:
            with suppress(ConnectionError):
                self._writer.close()


def _allow_descriptors(number: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < number:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(number, hard), hard))
