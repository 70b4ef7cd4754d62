"""Every cache of the newest reference rates keeps the contract: in memory, in Redis, and the fake."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import msgspec
import pytest
from redis.asyncio import Redis

from adapters.memory.reference_cache import MemoryReferenceCache
from adapters.redis.connection import RedisConnection, redis_connection
from adapters.redis.reference_cache import MAX_BYTES, VERSION, RedisReferenceCache
from adapters.redis.seal import Seal
from application.rates.ports.reference_cache import ReferenceCache
from domain.errors import CacheUnavailable
from tests.unit.domain.rates.publications import RATES, WEDNESDAY, publication
from tests.unit.fakes.reference_rates import FakeReferenceCache

URL = "https://bank.example/stats"


class ReferenceCacheContract(ABC):
    @pytest.fixture
    @abstractmethod
    def cache(self) -> ReferenceCache: ...

    async def test_it_has_nothing_at_first(self, cache: ReferenceCache) -> None:
        assert await cache.read() is None

    async def test_it_has_what_was_written_last_to_the_digit(self, cache: ReferenceCache) -> None:
        await cache.write(publication())
        await cache.write(publication(WEDNESDAY, USD="1.10000000000000001"))
        read = await cache.read()
        assert read == publication(WEDNESDAY, USD="1.10000000000000001")


class TestMemoryReferenceCache(ReferenceCacheContract):
    @pytest.fixture
    def cache(self) -> ReferenceCache:
        return MemoryReferenceCache()


class TestFakeReferenceCache(ReferenceCacheContract):
    @pytest.fixture
    def cache(self) -> ReferenceCache:
        return FakeReferenceCache()


class TestRedisReferenceCache(ReferenceCacheContract):
    @pytest.fixture
    async def link(self, application_redis_url: str) -> AsyncIterator[RedisConnection]:
        async with redis_connection(application_redis_url, secret=b"a secret of the tests") as link:
            yield link

    @pytest.fixture
    async def raw(self, redis_url: str) -> AsyncIterator[Redis]:
        async with Redis.from_url(redis_url, decode_responses=True) as raw:
            yield raw

    @pytest.fixture
    def cache(self, link: RedisConnection) -> ReferenceCache:
        return RedisReferenceCache(link, "ecb", URL)

    async def test_another_url_shares_nothing(self, cache: ReferenceCache, link: RedisConnection) -> None:
        await cache.write(publication())
        assert await RedisReferenceCache(link, "ecb", "http://127.0.0.1:1/ecb").read() is None

    @pytest.mark.parametrize(
        "value",
        [
            b"",
            b"\xff",
            msgspec.msgpack.encode([VERSION + 1, "ecb", "2023-04-18", RATES]),
            msgspec.msgpack.encode([VERSION, "another", "2023-04-18", RATES]),
            msgspec.msgpack.encode([VERSION, "ecb", "2023-04-16", RATES]),
            msgspec.msgpack.encode([VERSION, "ecb", "2023-04-18", {"USD": "1.1"}]),
            msgspec.msgpack.encode([VERSION, "ecb", "2023-04-18", RATES | {"USD": "-1"}]),
            b"\x00" * (MAX_BYTES + 1),
        ],
        ids=len,
    )
    async def test_a_value_that_is_damaged_is_none_and_can_be_replaced(
        self, cache: ReferenceCache, link: RedisConnection, raw: Redis, value: bytes
    ) -> None:
        await cache.write(publication())
        (key,) = await raw.keys()
        await raw.set(key, link.seal.sealed(str(key), 1, value))
        assert await cache.read() is None
        await cache.write(publication())
        assert await cache.read() == publication()

    async def test_a_value_that_somebody_else_wrote_is_none(self, cache: ReferenceCache, raw: Redis) -> None:
        await cache.write(publication())
        (key,) = await raw.keys()
        forged = msgspec.msgpack.encode([VERSION, "ecb", "2023-04-19", RATES])
        for value in (forged, Seal(b"another secret").sealed(str(key), 1, forged)):
            await raw.set(key, value)
            assert await cache.read() is None

    async def test_a_key_of_another_type_is_none(self, cache: ReferenceCache, raw: Redis) -> None:
        await cache.write(publication())
        (key,) = await raw.keys()
        await raw.delete(key)
        await raw.lpush(key, "x")
        assert await cache.read() is None
        await cache.write(publication())
        assert await cache.read() == publication()

    async def test_without_redis_it_is_unavailable(self) -> None:
        async with redis_connection("redis://127.0.0.1:1/0") as link:
            with pytest.raises(CacheUnavailable):
                await RedisReferenceCache(link, "ecb", URL).read()
