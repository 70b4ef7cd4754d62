"""Processes receive market updates through a real Redis, and recover from every outage."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.redis import subscription
from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.keys import DEFAULT_PREFIX, FETCH_LOCK, key_prefix
from adapters.redis.market_updates import RedisMarketUpdates
from application.market_data.errors import LockUnavailable
from application.market_data.ports.fetch_lock import FetchOutcome, Lease, Payload
from tests.servers.redis import RedisProcess

SOURCES = {"binance": "https://binance.example", "kucoin": "https://kucoin.example"}
PATIENCE_SECONDS = 15.0


class Listener:
    """A process that subscribes."""

    def __init__(self, link: RedisConnection) -> None:
        self.fetch_lock = RedisFetchLock(link, SOURCES)
        self.market_updates = RedisMarketUpdates(link, self.fetch_lock, SOURCES)
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    async def next(self) -> str:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.heard.get()

    async def has_begun(self) -> None:
        assert {await self.next(), await self.next()} == set(SOURCES)


@pytest.fixture
async def link(redis_process: RedisProcess) -> AsyncIterator[RedisConnection]:
    async with redis_connection(redis_process.url) as link:
        yield link


@pytest.fixture
async def listener(link: RedisConnection) -> AsyncIterator[Listener]:
    listener = Listener(link)
    following = asyncio.create_task(listener.market_updates.subscribe(listener.heard.put))
    yield listener
    following.cancel()
    await asyncio.wait([following])
    assert following.cancelled()


async def fetch(fetch_lock: RedisFetchLock, *, is_cached: bool) -> None:
    lease = await fetch_lock.acquire("binance", Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
    assert isinstance(lease, Lease)
    await fetch_lock.release(lease, FetchOutcome(is_cached=is_cached))


async def test_a_cached_value_of_another_process_is_an_update_and_a_failure_is_none(
    listener: Listener, link: RedisConnection
) -> None:
    await listener.has_begun()
    other = RedisFetchLock(link, SOURCES)
    await fetch(other, is_cached=False)
    await fetch(other, is_cached=True)
    assert await listener.next() == "binance"
    assert listener.heard.empty()


async def test_a_release_in_another_process_ends_the_wait_for_a_change(
    listener: Listener, link: RedisConnection
) -> None:
    await listener.has_begun()
    waiting = asyncio.create_task(listener.fetch_lock.wait_for_change("binance", 2 * PATIENCE_SECONDS))
    await asyncio.sleep(0)
    await fetch(RedisFetchLock(link, SOURCES), is_cached=False)
    async with asyncio.timeout(PATIENCE_SECONDS):
        await waiting


async def test_after_an_outage_every_exchange_counts_as_updated(
    listener: Listener, link: RedisConnection, redis_process: RedisProcess
) -> None:
    await listener.has_begun()
    redis_process.kill()
    await asyncio.to_thread(redis_process.start)
    await listener.has_begun()
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            try:
                await fetch(RedisFetchLock(link, SOURCES), is_cached=True)
                break
            except LockUnavailable:
                await asyncio.sleep(0.05)
    assert await listener.next() == "binance"


async def test_a_silent_redis_is_subscribed_to_again(
    link: RedisConnection, redis_process: RedisProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription, "QUIET_SECONDS", 0.2)
    listener = Listener(link)
    following = asyncio.create_task(listener.market_updates.subscribe(listener.heard.put))
    await listener.has_begun()
    await asyncio.sleep(0.5)  # it still answers pings
    assert listener.heard.empty()
    redis_process.pause()
    await asyncio.sleep(0.5)
    redis_process.resume()
    await listener.has_begun()
    following.cancel()
    await asyncio.wait([following])


async def test_a_message_that_makes_no_sense_does_no_harm(listener: Listener, redis_process: RedisProcess) -> None:
    await listener.has_begun()
    async with Redis.from_url(redis_process.url) as redis:
        await redis.publish(key_prefix(DEFAULT_PREFIX, "kucoin", SOURCES["kucoin"]) + FETCH_LOCK, b"\xff\x00")
    assert await listener.next() == "kucoin"


async def test_an_exception_of_the_subscriber_is_not_taken_for_a_silent_redis(link: RedisConnection) -> None:
    async def hear(_: str) -> None:
        raise RuntimeError("a fault of our own")  # the library also raises this for some broken connections

    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(RuntimeError, match="of our own"):
            await Listener(link).market_updates.subscribe(hear)


async def test_a_subscription_can_be_cancelled_at_any_moment(link: RedisConnection) -> None:
    listener = Listener(link)
    for milliseconds in range(30):
        following = asyncio.create_task(listener.market_updates.subscribe(listener.heard.put))
        await asyncio.sleep(milliseconds / 1000)
        following.cancel()
        done, _ = await asyncio.wait([following], timeout=PATIENCE_SECONDS / 3)
        assert done, f"stopped after {milliseconds} ms"
        assert following.cancelled()
