"""Streamed books between processes, through Redis: sealed, and only among processes of one installation."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.redis.connection import redis_connection
from adapters.redis.streamed_updates import RedisStreamedUpdates
from application.market_data.ports.streamed_updates import StreamedUpdate
from domain.errors import CacheUnavailable

SOURCES = {"binance": "https://binance.example", "kucoin": "https://kucoin.example"}
UPDATE = StreamedUpdate("binance", "one", 7, 1e9 + 0.25, [("BTCUSDT", "10", "11")], {"ETHUSDT": 1e9})
WHOLE = StreamedUpdate("kucoin", "one", 8, 1e9, [("币-USDT", "1E-9", "2")], {}, is_whole=True)
PATIENCE_SECONDS = 15.0


class Process:
    def __init__(self, updates: RedisStreamedUpdates) -> None:
        self.updates = updates
        self.received: list[StreamedUpdate] = []

    async def take(self, update: StreamedUpdate) -> None:
        self.received.append(update)

    async def until(self, updates: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.received) < updates:  # noqa: ASYNC110 -- no event tells of it
                await asyncio.sleep(0.01)


@asynccontextmanager
async def process(url: str, secret: bytes = b"a secret") -> AsyncIterator[Process]:
    """Yield a process that has subscribed."""
    async with redis_connection(url, "crossrate", secret) as connection:
        updates = RedisStreamedUpdates(connection, SOURCES, lambda _: None)
        made = Process(updates)
        subscription = asyncio.create_task(updates.subscribe(made.take))
        await asyncio.sleep(0.3)
        try:
            yield made
        finally:
            subscription.cancel()
            await asyncio.wait([subscription], timeout=PATIENCE_SECONDS)


@pytest.fixture
def url(application_redis_url: str) -> str:
    return application_redis_url


async def test_an_update_reaches_every_other_process_as_it_was_published(url: str) -> None:
    async with process(url) as publisher, process(url) as one, process(url) as other:
        await publisher.updates.publish(UPDATE)
        await publisher.updates.publish(WHOLE)
        for each in (one, other):
            await each.until(2)
            assert each.received == [UPDATE, WHOLE]
        assert publisher.received == []  # it knows them


async def test_what_another_installation_publishes_is_not_seen(url: str) -> None:
    async with process(url, b"another secret") as stranger, process(url) as publisher, process(url) as one:
        await stranger.updates.publish(WHOLE)
        await publisher.updates.publish(UPDATE)
        await one.until(1)
        assert one.received == [UPDATE]


async def test_what_nobody_has_sealed_is_rejected_and_counted(url: str) -> None:
    rejected: list[str] = []
    async with redis_connection(url, "crossrate", b"a secret") as connection, process(url) as publisher:
        updates = RedisStreamedUpdates(connection, SOURCES, rejected.append)
        one = Process(updates)
        subscription = asyncio.create_task(updates.subscribe(one.take))
        await asyncio.sleep(0.3)
        (channel,) = [each for each in updates.channels if b"binance" in each]
        sealed = connection.seal.sealed(channel.decode(), 1, b"\xc1 no update")
        for forged in (b"", b"x" * 100, sealed[:-1], sealed):
            await connection.client.publish(channel, forged)
        await publisher.updates.publish(UPDATE)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not one.received:  # noqa: ASYNC110 -- no event tells of it
                await asyncio.sleep(0.01)
        subscription.cancel()
        await asyncio.wait([subscription])
    assert (one.received, rejected) == ([UPDATE], ["binance"] * 4)


async def test_without_redis_publishing_fails_soon() -> None:
    async with redis_connection("redis://127.0.0.1:1/0", "crossrate", b"a secret") as connection:
        updates = RedisStreamedUpdates(connection, SOURCES, lambda _: None)
        with pytest.raises(CacheUnavailable):
            await updates.publish(UPDATE)
