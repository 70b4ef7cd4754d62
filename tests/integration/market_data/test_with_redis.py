"""The cache in Redis is shared by services, which also work without it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from tests.integration.redis_state import converts, holds, value_keys
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as redis:
        yield redis


async def test_pairs_and_prices_of_both_exchanges_are_stored_in_redis(
    run_service: RunService, redis: Redis, redis_url: str
) -> None:
    async with run_service(redis_url=redis_url) as service:
        for exchange in ("binance", "kucoin"):
            assert (await service.convert(exchange=exchange)).status == 200
        await eventually(holds(redis, 4))


async def test_a_service_started_later_answers_from_redis_without_calling_an_exchange(
    run_service: RunService, exchanges: SimulatedExchanges, redis: Redis, redis_url: str
) -> None:
    async with run_service(redis_url=redis_url) as service:
        before = await service.convert("TRX", "SHIB", include_route=True)
        await eventually(holds(redis, 3))  # KuCoin's pairs too: it might have had a direct one
    await exchanges.reset()
    async with run_service(redis_url=redis_url) as service:
        after = await service.convert("TRX", "SHIB", include_route=True, cache_max_seconds=1000)
        assert after.json == before.json
        assert await exchanges.all_calls() == 0


async def test_the_age_of_prices_from_redis_counts_from_their_fetch(
    run_service: RunService, exchanges: SimulatedExchanges, redis: Redis, redis_url: str
) -> None:
    async with run_service(redis_url=redis_url) as service:
        assert (await service.convert()).status == 200
        await eventually(holds(redis, 2))
    exchanges.clock.advance(100)
    async with run_service(redis_url=redis_url) as service:
        for bound, calls in ((1000, 2), (0, 3), (None, 4)):
            assert (await service.convert(cache_max_seconds=bound)).status == 200
            assert await exchanges.calls("binance") == calls


@pytest.mark.parametrize("garbage", [b"", b"garbage", b"\x00" * 100, b"\x94\x01\xa7binance\xcb"])
async def test_damaged_values_in_redis_are_ignored_and_overwritten(
    run_service: RunService, exchanges: SimulatedExchanges, redis: Redis, redis_url: str, garbage: bytes
) -> None:
    async with run_service(redis_url=redis_url) as service:
        assert (await service.convert()).status == 200
        await eventually(holds(redis, 2))
    for key in await redis.keys("crossrate:*"):
        await redis.set(key, garbage)
    keys = await value_keys(redis)
    async with run_service(redis_url=redis_url) as service:
        assert (await service.convert(cache_max_seconds=1000)).status == 200

        async def is_overwritten() -> bool:
            return all([await redis.get(key) != garbage for key in keys])

        await eventually(is_overwritten)
    await exchanges.reset()
    async with run_service(redis_url=redis_url) as service:
        assert (await service.convert(cache_max_seconds=1000)).status == 200
        assert await exchanges.all_calls() == 0


async def test_keys_of_another_type_in_redis_do_no_harm(run_service: RunService, redis: Redis, redis_url: str) -> None:
    async with run_service(redis_url=redis_url) as service:
        assert (await service.convert(cache_max_seconds=1000)).status == 200
        await eventually(holds(redis, 2))
    ours = await redis.keys("crossrate:*")
    for key in ours:
        await redis.delete(key)
        await redis.lpush(key, "somebody else's")
    async with run_service(redis_url=redis_url) as service:
        assert (await service.convert(cache_max_seconds=1000)).status == 200

        async def is_overwritten() -> bool:
            return {await redis.type(key) for key in ours} == {b"string", b"hash"}

        await eventually(is_overwritten)


async def test_a_flushed_redis_is_refilled(run_service: RunService, redis: Redis, redis_url: str) -> None:
    async with run_service(redis_url=redis_url) as service:
        assert (await service.convert()).status == 200
        await eventually(holds(redis, 2))
        await redis.flushall()
        assert await converts(service)
        await eventually(holds(redis, 1))  # only the prices: the listing in memory is still young enough
        assert (await service.readiness())["dependencies"]["redis"] == {"status": "up"}


async def test_without_a_redis_url_the_cache_is_in_memory(service: Service) -> None:
    assert (await service.readiness())["dependencies"]["memory"] == {"status": "up"}


async def test_services_with_different_databases_share_nothing_by_default(
    run_service: RunService, exchanges: SimulatedExchanges, redis: Redis, redis_url: str, tmp_path: Path
) -> None:
    production, staging = (f"sqlite:///{tmp_path}/{name}/crossrate.db" for name in ("production", "staging"))
    async with run_service(redis_url=redis_url, redis_prefix=None, database_url=production) as service:
        assert (await service.convert()).status == 200
        await eventually(holds(redis, 2))
    await exchanges.reset()
    async with run_service(redis_url=redis_url, redis_prefix=None, database_url=staging) as service:
        assert (await service.convert(cache_max_seconds=1000)).status == 200
        assert await exchanges.all_calls() == 2
        await eventually(holds(redis, 4))
    await exchanges.reset()
    async with run_service(redis_url=redis_url, redis_prefix=None, database_url=production) as service:
        assert (await service.convert(cache_max_seconds=1000)).status == 200
        assert await exchanges.all_calls() == 0
