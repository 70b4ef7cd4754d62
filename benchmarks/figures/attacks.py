"""What conversions wait for beside each attack, relative to beside as many ordinary conversions."""

import asyncio
import os
import secrets
import sqlite3
import statistics
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import asyncpg
from rich.console import Console
from tests.servers.postgres import choose_postgres

from adapters.sql.database import SqlDatabase
from benchmarks.arithmetic import Measurement, percentile
from benchmarks.attacks import ATTACKS, CANDLES, ORDINARY_ATTACK, PAGE
from benchmarks.bench import Bench
from benchmarks.load import LoadFailed
from benchmarks.servers import SERVICE, SERVICE_WORKERS, Server, benchmark_environment, running_service
from benchmarks.targets import attack_key
from benchmarks.victims import spent, waits

T = TypeVar("T")

console = Console(stderr=True, width=200)

ROUNDS = 3
SETTLE_SECONDS = 0.5
# Until hundreds of clients have come: what counts is how long others wait while they stay.
CROWD_SETTLE_SECONDS = 2.0
WARMING_ATTEMPTS = 20

# Fewer are an answer without rows.
ROWS_BYTES = 10_000

# Variables that choose some attacks and one of the services, separated by commas, to look closer at them.
CHOSEN_ATTACKS, CHOSEN_SERVICES = "ATTACKS", "ATTACKED"

# Attacks that a limit would end are measured without it: the limit is tested elsewhere.
_LIMITS = ("authenticate", "account", "credentials", "quotes", "batch", "latest")
_SETTINGS = {
    **{f"rate_limit_{name}": "off" for name in _LIMITS},
    "trusted_proxies": "127.0.0.1/32",
    "sync_interval_seconds": "5",
}

_FILL = """
INSERT INTO quotes (pair, rate, source, observed_at, recorded_at, hour, route)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500000)
SELECT CASE WHEN i % 100 = 7 THEN 'ETH/USDT' ELSE 'BTC/USDT' END, '9' || i || '.5', 'exchanges',
       1500000000 + i * 6, 1500000000 + i * 6, NULL, NULL
FROM n
"""

# Candles are made of these, which the service keeps as it records quotes.
_FILL_HOURS = """
INSERT INTO hourly_rates
       (pair, hour, source, first_at, first_id, first_rate, high, low, last_at, last_id, last_rate, count)
SELECT hours.pair, hours.began, first.source, first.observed_at, first.id, first.rate, hours.high, hours.low,
       last.observed_at, last.id, last.rate, hours.count
FROM (SELECT pair, observed_at - observed_at % 3600 AS began, MIN(id) AS first, MAX(id) AS last, MAX(rate) AS high,
             MIN(rate) AS low, COUNT(*) AS count
      FROM quotes GROUP BY 1, 2) hours
JOIN quotes first ON first.id = hours.first
JOIN quotes last ON last.id = hours.last
"""


@dataclass(slots=True)
class _Seen:
    """What was seen in the windows of one kind."""

    p99: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    failed: int = 0


async def attacks(bench: Bench) -> list[Measurement]:
    """Attack two workers over Postgres and Redis, then one process without Redis over SQLite."""
    measured = []
    for name, setup in _chosen({"workers": _workers, "alone": _alone}, CHOSEN_SERVICES).items():
        async with setup(bench) as (service, pids):
            measured += await _attacked(bench, name, service, pids)
    return measured


@asynccontextmanager
async def _workers(bench: Bench) -> AsyncIterator[tuple[Server, list[int]]]:
    with choose_postgres(prefer_process=True).start() as url:
        database = SqlDatabase(url, upgrades_itself=False)
        await database.migrate()
        await database.close()
        connection = await asyncpg.connect(url)
        await connection.execute(_FILL, timeout=300)
        await connection.execute(_FILL_HOURS, timeout=300)
        await connection.execute("VACUUM ANALYZE quotes, hourly_rates", timeout=300)
        await connection.close()
        async with running_service(bench.harness, SERVICE_WORKERS, database_url=url, **_SETTINGS) as service:
            await asyncio.sleep(3)  # until both workers have started
            yield service, _children(service.pid)


@asynccontextmanager
async def _alone(bench: Bench) -> AsyncIterator[tuple[Server, list[int]]]:
    file = bench.harness.folder / "attacked.db"
    database = SqlDatabase(f"sqlite:///{file}", upgrades_itself=True)
    await database.migrate()
    await database.close()
    with sqlite3.connect(file) as connection:
        connection.execute(_FILL)
        connection.execute(_FILL_HOURS)
    connection.close()
    settings = {"database_url": f"sqlite:///{file}", "redis_url": "", **_SETTINGS}
    async with running_service(bench.harness, SERVICE, **settings) as service:
        yield service, [service.pid]


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def _attacked(bench: Bench, setup: str, service: Server, pids: Sequence[int]) -> list[Measurement]:
    await _warmed(bench, service)
    token = await _token(bench, service)
    await _check_rows(bench, service, token)
    async with _attacker(service, token) as attacker:
        await _window(attacker, ORDINARY_ATTACK, service, pids, _Seen(), bench.effort.attack_seconds)
        measured = []
        for name in _chosen(ATTACKS, CHOSEN_ATTACKS):
            if name != ORDINARY_ATTACK:
                measured.append(await _compared(attacker, name, setup, service, pids, bench.effort.attack_seconds))
                console.print(
                    f"{setup}, {name}: {measured[-1].median:.2f}; {measured[-1].absolute}; {measured[-1].note}"
                )
        return measured


async def _warmed(bench: Bench, service: Server) -> None:
    """Ask every question once: as long as a slow machine has not fetched all prices for the first time, again."""
    for _ in range(WARMING_ATTEMPTS - 1):
        with suppress(LoadFailed):
            await bench.answers(service)
            return
        await asyncio.sleep(1)
    await bench.answers(service)


def _chosen(all_: Mapping[str, T], variable: str) -> Mapping[str, T]:
    names = os.environ.get(variable)
    return all_ if not names else {name: all_[name] for name in names.split(",")}


async def _compared(
    attacker: "_Attacker", name: str, setup: str, service: Server, pids: Sequence[int], seconds: float
) -> Measurement:
    ordinary, attack = _Seen(), _Seen()
    for _ in range(ROUNDS):
        await _window(attacker, ORDINARY_ATTACK, service, pids, ordinary, seconds)
        await _window(attacker, name, service, pids, attack, seconds)
    cost = [statistics.median(each.cost) if each.cost else 0.0 for each in (attack, ordinary)]
    p99 = [statistics.median(each.p99) * 1000 for each in (attack, ordinary)]
    per_answer = f"; {cost[0] * 1e6:.0f} µs an answer against {cost[1] * 1e6:.0f} µs" if cost[0] else ""
    failed = f"; {attack.failed} not answered" if attack.failed else ""
    return Measurement(
        attack_key(setup, name),
        [one / other for one, other in zip(attack.p99, ordinary.p99, strict=True)],
        f"{failed}{per_answer}".strip("; "),
        f"{p99[0]:.2f} ms against {p99[1]:.2f} ms",
    )


async def _window(
    attacker: "_Attacker", name: str, service: Server, pids: Sequence[int], seen: _Seen, seconds: float
) -> None:
    place = urlsplit(service.url)
    await attacker.begins(name)
    await asyncio.sleep(CROWD_SETTLE_SECONDS if name[0].isdigit() else SETTLE_SECONDS)
    await attacker.counts()
    before = sum(map(spent, pids))
    found = await waits(str(place.hostname), place.port or 80, pids, seconds)
    answered, taken = await attacker.counts(), sum(map(spent, pids)) - before
    await attacker.begins("")
    seen.p99.append(percentile(found.seconds, 0.99))
    seen.failed += found.failed
    if answered:
        seen.cost.append(taken / (answered + len(found.seconds)))
    await asyncio.sleep(SETTLE_SECONDS)


class _Attacker:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def begins(self, name: str) -> None:
        """Begin an attack in place of the one before."""
        await self._said(name)

    async def counts(self) -> int:
        """Return how many requests were answered since the last time."""
        return await self._said("?")

    async def _said(self, line: str) -> int:
        if self._process.stdin is None or self._process.stdout is None:
            raise RuntimeError("the attacker has no pipes")
        self._process.stdin.write(f"{line}\n".encode())
        async with asyncio.timeout(60):
            return int(await self._process.stdout.readline())


@asynccontextmanager
async def _attacker(service: Server, token: str) -> AsyncIterator[_Attacker]:
    place = urlsplit(service.url)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.attacks", str(place.hostname), str(place.port), token),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=benchmark_environment(),
    )
    try:
        yield _Attacker(process)
    finally:
        process.kill()
        await process.wait()


async def _token(bench: Bench, service: Server) -> str:
    """Register a user and sign in."""
    who = {"username": f"bench-{secrets.token_hex(4)}", "password": secrets.token_urlsafe(16)}
    paths, answer = ("register", "login"), dict[str, object]()
    for path in paths:
        url = f"{service.url}/api/v1/authenticate/{path}"
        async with bench.client.post(url, json=who, raise_for_status=True) as response:
            answer = await response.json()
    return str(answer["access_token"])


async def _check_rows(bench: Bench, service: Server, token: str) -> None:
    """Raise `LoadFailed` if there is nothing to read: reads of nothing are cheap."""
    for target in (CANDLES, PAGE):
        headers = {"Authorization": f"Bearer {token}"}
        async with bench.client.get(service.url + target.decode(), headers=headers, raise_for_status=True) as response:
            answer = await response.read()
        if len(answer) < ROWS_BYTES:
            raise LoadFailed(f"{target.decode()} has next to nothing to read: {answer[:200]!r}")
