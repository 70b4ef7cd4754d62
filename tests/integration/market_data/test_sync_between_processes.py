"""One process keeps the markets fresh for all: with real processes, a real Redis and simulated exchanges."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from application.market_data.outlier_guard import DRIFT_PROOF_SECONDS
from tests.contracts.exposed import Exposed
from tests.servers.gunicorn import two_workers
from tests.servers.redis import RedisProcess
from tests.servers.service_client import Service
from tests.servers.service_process import ServiceProcess, running_process
from tests.servers.simulated_exchanges import BINANCE_BOOKS, KUCOIN_BOOKS, SimulatedExchanges
from tests.waiting import eventually

# Every kind of question that users ask; the bounds are 10 seconds and more.
QUESTIONS = (
    {"currency_from": "BTC", "currency_to": "USDT", "cache_max_seconds": 10},
    {"currency_from": "TRX", "currency_to": "ADA", "cache_max_seconds": 10},
    {"currency_from": "ETH", "currency_to": "BTC", "exchange": "kucoin", "cache_max_seconds": 60},
    {"currency_from": "KCS", "currency_to": "USDT", "cache_max_seconds": 10},
    {"currency_from": "BTC", "currency_to": "NOPE", "cache_max_seconds": 10},
    {"currency_from": "NOPE", "currency_to": "USDT", "exchange": "binance", "cache_max_seconds": 1000},
)
REQUESTS = int(os.environ.get("CROSSRATE_TEST_SYNC_REQUESTS", "3000"))
AT_ONCE = 30

# Prices fetched further apart than this are told apart by their age.
DISTINCT_SECONDS = 0.5


async def test_while_markets_are_synced_no_request_reaches_an_exchange(
    moving_exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    interval = 1.0
    async with two_workers(
        moving_exchanges.url, fresh_client, tmp_path, redis_url=redis_url, sync_interval_seconds=str(interval)
    ) as workers:
        for worker in workers.booted:
            with workers.only(worker):
                await eventually(lambda: has_both_markets(workers.service))
        before, began_at = await book_tickers_calls(moving_exchanges), time.monotonic()
        left = iter(range(REQUESTS))

        async def ask() -> None:
            for number in left:
                answer = await workers.service.convert(**QUESTIONS[number % len(QUESTIONS)])
                assert answer.status in {200, 404}, answer.body

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(ask())
        seconds = time.monotonic() - began_at
        looks = 1 + seconds / DRIFT_PROOF_SECONDS  # of the follower, for itself
        beats = seconds / interval + 2 + looks
        after = await book_tickers_calls(moving_exchanges)
        assert all(now - then <= beats for now, then in zip(after, before, strict=True))
        scraped = Exposed((await workers.service.ask("GET", "/metrics")).body.decode())
        assert scraped.value("crossrate_sync_leader") == 1
        for exchange in ("binance", "kucoin"):
            assert scraped.value("crossrate_price_lookups_total", exchange=exchange, level="process")
            for level in ("cache", "exchange"):
                assert scraped.value("crossrate_price_lookups_total", exchange=exchange, level=level) == 0


async def test_a_follower_gets_what_the_leader_fetched_without_a_request(
    moving_exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    # The interval is long, so that only a market update explains newer prices so soon.
    async with two_processes(moving_exchanges, fresh_client, tmp_path, redis_url, "60") as (leader, follower):
        await eventually(lambda: has_both_markets(follower.service))
        before = await observed_at(follower.service)
        await asyncio.sleep(2 * DISTINCT_SECONDS)
        assert (await leader.service.convert()).status == 200

        async def is_newer() -> bool:
            return await observed_at(follower.service) > before + DISTINCT_SECONDS

        await eventually(is_newer)
        assert await book_tickers_calls(moving_exchanges) == (2, 1)


async def test_when_the_leader_is_killed_another_takes_over_within_two_intervals(
    moving_exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    interval = 2.0
    async with two_processes(moving_exchanges, fresh_client, tmp_path, redis_url, str(interval)) as (leader, follower):
        await eventually(lambda: has_both_markets(follower.service))
        os.kill(leader.process.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        calls = await book_tickers_calls(moving_exchanges)

        async def is_asked() -> bool:
            return all(now > then for now, then in zip(await book_tickers_calls(moving_exchanges), calls, strict=True))

        await eventually(is_asked)
        assert time.monotonic() - killed_at < 2 * interval
        assert await role(follower.service) == "leader"


async def test_a_stopped_leader_steps_down(
    moving_exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, tmp_path: Path, redis_url: str
) -> None:
    async with two_processes(moving_exchanges, fresh_client, tmp_path, redis_url, "3600") as (leader, _):
        leader.process.send_signal(signal.SIGTERM)
        assert await leader.wait() == 0
        async with running_process(
            moving_exchanges.url, fresh_client, tmp_path, redis_url=redis_url, sync_interval_seconds="3600"
        ) as next_one:
            await eventually(lambda: leads(next_one.service))


async def test_markets_stay_fresh_while_redis_is_down_and_one_leads_again_when_it_is_back(
    moving_exchanges: SimulatedExchanges,
    fresh_client: aiohttp.ClientSession,
    tmp_path: Path,
    redis_process: RedisProcess,
) -> None:
    async with two_processes(moving_exchanges, fresh_client, tmp_path, redis_process.url, "0.5") as (first, second):
        redis_process.kill()

        async def both_lead() -> bool:
            return await leads(first.service) and await leads(second.service)

        await eventually(both_lead)
        for process in (first, second):
            assert (await process.service.convert(cache_max_seconds=10)).status == 200
        await asyncio.to_thread(redis_process.start)

        async def one_leads() -> bool:
            return sorted([await role(first.service), await role(second.service)]) == ["follower", "leader"]

        await eventually(one_leads)


@asynccontextmanager
async def two_processes(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, folder: Path, redis_url: str, interval: str
) -> AsyncIterator[tuple[ServiceProcess, ServiceProcess]]:
    """Run two services that share a Redis, and give the leader first."""
    one, other = (
        running_process(exchanges.url, client, folder, redis_url=redis_url, sync_interval_seconds=interval)
        for _ in range(2)
    )
    async with one as leader:
        await eventually(lambda: leads(leader.service))
        async with other as follower:
            yield leader, follower


async def role(service: Service) -> str:
    return str((await service.readiness())["sync"])


async def leads(service: Service) -> bool:
    return await role(service) == "leader"


async def has_both_markets(service: Service) -> bool:
    dependencies = (await service.readiness())["dependencies"]
    return all(
        {"listing_age_seconds", "books_age_seconds"} <= dependencies[name].keys() for name in ("binance", "kucoin")
    )


async def observed_at(service: Service) -> float:
    """Return when the process's prices of Binance were true, within DISTINCT_SECONDS: an answer takes its time."""
    age = float((await service.readiness())["dependencies"]["binance"]["books_age_seconds"])
    return time.time() - age


async def book_tickers_calls(exchanges: SimulatedExchanges) -> tuple[int, int]:
    binance, kucoin = await exchanges.paths("binance"), await exchanges.paths("kucoin")
    return binance.get(BINANCE_BOOKS, 0), kucoin.get(KUCOIN_BOOKS, 0)
