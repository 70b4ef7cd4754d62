"""Every market cache keeps the contract: in memory, in Redis, and the fake."""

from collections.abc import AsyncIterator

import pytest

from adapters.memory.market_cache import MemoryMarketCache
from adapters.redis.connection import redis_connection
from adapters.redis.market_cache import RedisMarketCache
from application.market_data.ports.market_cache import MarketCache
from tests.contracts.market_cache_contract import MarketCacheContract
from tests.simulation.scale.remote import Network, RemoteMarketCache
from tests.unit.fakes.market_cache import FakeMarketCache


class TestMemoryMarketCache(MarketCacheContract):
    @pytest.fixture
    def cache(self) -> MarketCache:
        return MemoryMarketCache()


class TestFakeMarketCache(MarketCacheContract):
    @pytest.fixture
    def cache(self) -> MarketCache:
        return FakeMarketCache()


class TestRemoteMarketCache(MarketCacheContract):
    @pytest.fixture
    def cache(self) -> MarketCache:
        return RemoteMarketCache(FakeMarketCache(), Network(lambda: 0.0))


class TestRedisMarketCache(MarketCacheContract):
    @pytest.fixture
    async def cache(self, application_redis_url: str) -> AsyncIterator[MarketCache]:
        async with redis_connection(application_redis_url) as link:
            yield RedisMarketCache(link, {"binance": "https://binance.example", "kucoin": "https://kucoin.example"})
