"""Every fetch lock keeps the contract: in memory, in Redis, and the fake."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.memory.fetch_lock import MemoryFetchLock
from adapters.redis.connection import redis_connection
from adapters.redis.fetch_lock import RedisFetchLock
from application.market_data.ports.fetch_lock import FetchLock
from tests.contracts.fetch_lock_contract import FetchLockContract
from tests.simulation.scale.remote import Network, RemoteFetchLock, SharedFetchLock
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.fetch_lock import FakeFetchLock


class TestMemoryFetchLock(FetchLockContract):
    clock = FakeClock()

    @pytest.fixture
    def fetch_lock(self) -> FetchLock:
        return MemoryFetchLock(self.clock)

    async def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)


class TestFakeFetchLock(TestMemoryFetchLock):
    @pytest.fixture
    def fetch_lock(self) -> FetchLock:
        return FakeFetchLock(self.clock)


class TestRemoteFetchLock(TestMemoryFetchLock):
    @pytest.fixture
    def fetch_lock(self) -> FetchLock:
        return RemoteFetchLock(SharedFetchLock(self.clock, "binance"), Network(lambda: 0.0))


class TestRedisFetchLock(FetchLockContract):
    @pytest.fixture
    async def fetch_lock(self, application_redis_url: str) -> AsyncIterator[FetchLock]:
        async with redis_connection(application_redis_url) as link:
            fetch_lock = RedisFetchLock(
                link, {"binance": "https://binance.example", "kucoin": "https://kucoin.example"}
            )
            fetch_lock.lease_seconds = 0.5
            yield fetch_lock

    async def pass_seconds(self, seconds: float) -> None:
        await asyncio.sleep(seconds)  # Redis uses its own clock, which a test cannot set
