"""Reading the newest quote, and a page of a thousand, from a million rows on Postgres."""

import asyncio
import statistics
import time

import aiohttp
import asyncpg
from tests.servers.postgres import choose_postgres

from adapters.sql.database import SqlDatabase
from benchmarks.arithmetic import REPEATS, Measurement
from benchmarks.bench import Bench
from benchmarks.servers import running_service

ROWS = 1_000_000
REQUESTS = 60  # per repeat

CREDENTIALS = {"username": "bench", "password": "correct horse battery"}
PAIR = "BTC/USDT"
PATHS = {"latest": f"/api/v1/quotes/latest?pair={PAIR}", "page": f"/api/v1/quotes?pair={PAIR}&limit=1000"}

# Three pairs alternately, a quote every six minutes each, with a route like an exchange's.
_FILL = """
INSERT INTO quotes (pair, rate, source, observed_at, recorded_at, hour, route)
SELECT (ARRAY['BTC/USD', 'BTC/USDT', 'ETH/USDT'])[1 + i % 3], '9' || i || '.5', 'exchanges',
       1500000000 + i * 120, 1500000000 + i * 120, NULL,
       '[["binance","BTCUSDT","sell","97000.005",' || (1500000000 + i * 120) || ']]'
FROM generate_series(1, $1::bigint) AS i
"""
_READ_WHOLE = "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = 'quotes'"


async def quotes(bench: Bench) -> list[Measurement]:
    """Time sequential requests with a key, and check that Postgres scans no whole table."""
    with choose_postgres(prefer_process=True).start() as url:
        await _filled(url)
        async with running_service(bench.harness, database_url=url, rate_limit_quotes="off") as service:
            key = {"X-API-Key": await _key(bench.client, service.url)}
            samples: dict[str, list[float]] = {name: [] for name in PATHS}
            read_whole = await _fetched(url, _READ_WHOLE)
            for _ in range(REPEATS):
                for name, path in PATHS.items():
                    samples[name].append(await _milliseconds(bench.client, service.url + path, key))
            await asyncio.sleep(2)  # Postgres publishes its counters a second later
            if await _fetched(url, _READ_WHOLE) != read_whole:
                raise AssertionError("Postgres scanned the whole table: an index is missing or unused")
    note = f"{ROWS:,} rows; the whole request, including the check of its key; by index"
    return [Measurement(f"quotes.{name}", taken, note) for name, taken in samples.items()]


async def _filled(url: str) -> None:
    database = SqlDatabase(url, upgrades_itself=False)
    await database.migrate()
    await database.close()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_FILL, ROWS, timeout=300)
        await connection.execute("VACUUM ANALYZE quotes", timeout=300)
    finally:
        await connection.close()


async def _fetched(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def _key(client: aiohttp.ClientSession, url: str) -> str:
    await _posted(client, f"{url}/api/v1/authenticate/register", CREDENTIALS, {})
    tokens = await _posted(client, f"{url}/api/v1/authenticate/login", CREDENTIALS, {})
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    asked = {"name": "bench", "scopes": ["quotes:read"]}
    return (await _posted(client, f"{url}/api/v1/api-keys", asked, bearer))["key"]


async def _posted(client: aiohttp.ClientSession, url: str, document: object, headers: dict[str, str]) -> dict[str, str]:
    async with client.post(url, json=document, headers=headers, raise_for_status=True) as response:
        answer: dict[str, str] = await response.json()
        return answer


async def _milliseconds(client: aiohttp.ClientSession, url: str, headers: dict[str, str]) -> float:
    """Return the median of many complete requests."""
    taken = []
    for _ in range(REQUESTS):
        started = time.perf_counter()
        async with client.get(url, headers=headers, raise_for_status=True) as response:
            await response.read()
        taken.append((time.perf_counter() - started) * 1000)
    return statistics.median(taken)
