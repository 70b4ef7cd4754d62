"""Updates of other processes, through Redis and in the fake; in a single process there are none."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from adapters.memory.single_process import NoMarketUpdates
from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.fetch_lock import RedisFetchLock
from adapters.redis.market_updates import RedisMarketUpdates
from application.market_data.ports.fetch_lock import FetchOutcome, Lease, Payload
from application.market_data.ports.market_updates import MarketUpdates
from tests.unit.fakes.sharing import FakeMarketUpdates

SOURCES = {"binance": "https://binance.example", "kucoin": "https://kucoin.example"}
PATIENCE_SECONDS = 15.0


@asynccontextmanager
async def subscribed(updates: MarketUpdates) -> AsyncIterator[asyncio.Queue[str]]:
    """Subscribe, and cancel the subscription at the end."""
    received: asyncio.Queue[str] = asyncio.Queue()
    subscription = asyncio.create_task(updates.subscribe(received.put))
    yield received
    subscription.cancel()
    await asyncio.wait([subscription], timeout=PATIENCE_SECONDS)
    assert subscription.cancelled()


class MarketUpdatesContract(ABC):
    """`updates` calls back once for each of `exchanges_at_first` as soon as it has subscribed."""

    exchanges_at_first: frozenset[str]

    @pytest.fixture
    @abstractmethod
    def updates(self) -> MarketUpdates: ...

    @abstractmethod
    async def publish(self, exchange: str) -> None:
        """Publish that another process has newer market data."""

    async def test_each_update_names_its_exchange(self, updates: MarketUpdates) -> None:
        published = ["kucoin", "binance", "kucoin"]
        async with subscribed(updates) as received, asyncio.timeout(PATIENCE_SECONDS):
            assert {await received.get() for _ in self.exchanges_at_first} == self.exchanges_at_first
            for exchange in published:
                await self.publish(exchange)
            assert [await received.get() for _ in published] == published

    async def test_an_exception_of_the_subscriber_ends_the_subscription(self, updates: MarketUpdates) -> None:
        async def fail(_: str) -> None:
            raise RuntimeError("a fault of the subscriber")

        await self.publish("binance")
        async with asyncio.timeout(PATIENCE_SECONDS):
            with pytest.raises(RuntimeError, match="of the subscriber"):
                await updates.subscribe(fail)


class TestFakeMarketUpdates(MarketUpdatesContract):
    exchanges_at_first = frozenset()

    @pytest.fixture
    def updates(self) -> MarketUpdates:
        self.fake = FakeMarketUpdates()
        return self.fake

    async def publish(self, exchange: str) -> None:
        await self.fake.published.put(exchange)


class TestRedisMarketUpdates(MarketUpdatesContract):
    exchanges_at_first = frozenset(SOURCES)

    @pytest.fixture
    async def updates(self, application_redis_url: str) -> AsyncIterator[MarketUpdates]:
        async with redis_connection(application_redis_url) as link, redis_connection(application_redis_url) as other:
            self.other: RedisConnection = other
            yield RedisMarketUpdates(link, RedisFetchLock(link, SOURCES), SOURCES)

    async def publish(self, exchange: str) -> None:
        fetch_lock = RedisFetchLock(self.other, SOURCES)
        lease = await fetch_lock.acquire(exchange, Payload.BOOK_TICKERS, newer_than=None, waited_for=None)
        assert isinstance(lease, Lease)
        await fetch_lock.release(lease, FetchOutcome(is_cached=True))


async def test_a_single_process_gets_no_updates() -> None:
    async with subscribed(NoMarketUpdates()) as received:
        await asyncio.sleep(0)
        assert received.empty()
