"""Two installations that share a Redis and nothing else: neither sees what the other has there."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import structlog
from redis.asyncio import Redis
from structlog.typing import EventDict

from adapters.memory.rate_limiter import MemoryRateLimiter
from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.leader_election import RedisLeaderElection
from adapters.redis.market_cache import RedisMarketCache
from adapters.redis.rate_limiter import RedisRateLimiter
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import FORMER_QUEUE, GROUP, ReclaimingStreamBroker, queue_of
from application.market_data.ports.fetch_lock import Lease, Payload
from application.ports.rate_limiter import Group, RateLimit
from domain.rates.book_tickers import BookTickers
from tests.unit.fakes.clock import FakeClock

SOURCES = {"binance": "https://data-api.binance.vision"}


@pytest.fixture
async def production(redis_url: str) -> AsyncIterator[RedisConnection]:
    async with redis_connection(redis_url, "crossrate:production") as link:
        yield link


@pytest.fixture
async def staging(redis_url: str) -> AsyncIterator[RedisConnection]:
    async with redis_connection(redis_url, "crossrate:staging") as link:
        yield link


async def test_each_has_its_own_cache_locks_and_leader(production: RedisConnection, staging: RedisConnection) -> None:
    books = BookTickers.of("binance", [("BTCUSDT", "1", "2")], 1.0)
    await RedisMarketCache(production, SOURCES).write_book_tickers(books, 1)
    assert await RedisMarketCache(staging, SOURCES).book_tickers("binance") is None
    for link in (production, staging):
        lock = RedisFetchLock(link, SOURCES)
        assert isinstance(await lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None), Lease)
        assert await RedisLeaderElection(link, SOURCES).acquire(10) == 0


async def test_each_counts_its_own_requests(production: RedisConnection, staging: RedisConnection) -> None:
    for link in (production, staging):
        limits = {Group.CONVERT: RateLimit(1, 3600)}
        limiter = RedisRateLimiter(limits, link, MemoryRateLimiter({}, FakeClock()), FakeClock())
        allowance = await limiter.count(Group.CONVERT, "address 192.0.2.1")
        assert allowance is not None
        assert allowance.is_allowed


async def test_each_runs_its_own_jobs_only(redis_url: str) -> None:
    queue = TaskiqJobQueue(ReclaimingStreamBroker(redis_url, 60, asyncio.Event(), "crossrate:production"))
    await queue.enqueue("record_hour", {"pair": "BTC/USD", "hour": 1})
    await queue.close()
    async with Redis.from_url(redis_url) as client:
        assert await client.xlen(queue_of("crossrate:production")) == 1
        assert await client.xlen(queue_of("crossrate:staging")) == 0


async def test_jobs_left_by_an_earlier_version_are_logged_and_stay(redis_url: str) -> None:
    stop = asyncio.Event()
    async with Redis.from_url(redis_url) as client:
        await client.xgroup_create(FORMER_QUEUE, GROUP, id="0", mkstream=True)
        for _ in range(3):
            await client.xadd(FORMER_QUEUE, {"data": b"{}"})
        broker = ReclaimingStreamBroker(redis_url, 60, stop, "crossrate:production")
        broker.is_worker_process = True
        with structlog.testing.capture_logs() as captured:
            listening = asyncio.ensure_future(anext(broker.listen(), None))
            async with asyncio.timeout(10):
                while not ignored(captured):  # noqa: ASYNC110 -- a log has no event to wait for
                    await asyncio.sleep(0.01)
            stop.set()
            await listening
        await broker.shutdown()
        assert ignored(captured) == [
            {
                "event": "former_jobs_ignored",
                "queue": FORMER_QUEUE,
                "jobs": 3,
                "remedy": f"DEL {FORMER_QUEUE}",
                "log_level": "warning",
            }
        ]
        assert await client.xlen(FORMER_QUEUE) == 3


def ignored(captured: list[EventDict]) -> list[EventDict]:
    """Return the events of ignored jobs: services of other tests in this process may log others."""
    return [event for event in captured if event["event"] == "former_jobs_ignored"]
