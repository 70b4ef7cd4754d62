"""Redis refuses, hangs, is killed or rejects writes: conversions work, and it is used again afterwards."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from tests.integration.redis_state import LONGEST_ANSWER_SECONDS, converts, holds, redis_is
from tests.servers.redis import RedisProcess
from tests.servers.service import RunService
from tests.servers.source import free_port
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually


async def test_a_redis_that_starts_later_is_used(
    run_service: RunService, redis_process: RedisProcess, clock: TickingClock
) -> None:
    redis_process.kill()
    async with run_service(redis_url=redis_process.url) as service:
        assert await converts(service)
        assert await redis_is(service, "down", clock)()
        assert (await service.readiness())["status"] == "degraded"
        await asyncio.to_thread(redis_process.start)
        await eventually(redis_is(service, "up", clock))
        assert await converts(service)
        async with Redis.from_url(redis_process.url) as redis:
            await eventually(holds(redis, 1))


async def test_a_hanging_redis_hardly_delays_answers_and_is_used_again_after(
    run_service: RunService, redis_process: RedisProcess, clock: TickingClock
) -> None:
    async with run_service(redis_url=redis_process.url) as warm, run_service(redis_url=redis_process.url) as cold:
        assert await converts(warm)
        redis_process.pause()
        try:
            for service in (warm, cold):
                assert await converts(service)
                assert (await service.convert(cache_max_seconds=0)).seconds < LONGEST_ANSWER_SECONDS
                started = time.perf_counter()
                assert await redis_is(service, "down", clock)()
                assert time.perf_counter() - started < LONGEST_ANSWER_SECONDS
        finally:
            redis_process.resume()
        await eventually(redis_is(warm, "up", clock))
        async with Redis.from_url(redis_process.url) as redis:
            await redis.flushall()
            assert await converts(warm)
            await eventually(holds(redis, 1))


async def test_conversions_work_while_redis_is_killed_and_restarted(
    run_service: RunService, redis_process: RedisProcess, clock: TickingClock
) -> None:
    async with run_service(redis_url=redis_process.url) as service:
        assert await converts(service)
        is_over = asyncio.Event()

        async def client() -> int:
            asked = 0
            while not is_over.is_set():
                assert await converts(service, 1)
                asked += 1
                await asyncio.sleep(0.01)
            return asked

        async with asyncio.TaskGroup() as group:
            clients = [group.create_task(client()) for _ in range(3)]
            redis_process.kill()
            await eventually(redis_is(service, "down", clock))
            await asyncio.to_thread(redis_process.start)
            await eventually(redis_is(service, "up", clock))
            async with Redis.from_url(redis_process.url) as redis:
                await eventually(holds(redis, 1))
            is_over.set()
        assert all(task.result() >= 3 for task in clients)


@pytest.mark.parametrize("setting", ["maxmemory", "min-replicas-to-write"])
async def test_conversions_work_while_redis_rejects_writes_and_readiness_says_so(
    run_service: RunService, redis_process: RedisProcess, clock: TickingClock, setting: str
) -> None:
    async with Redis.from_url(redis_process.url) as redis:
        await redis.config_set(setting, "1")
        async with run_service(redis_url=redis_process.url) as service:
            assert await converts(service)
            assert await redis_is(service, "down", clock)()
            assert "Redis rejects" in (await service.readiness())["dependencies"]["redis"]["detail"]
        assert await redis.dbsize() == 0


async def test_a_redis_that_refuses_connections_delays_no_conversion(run_service: RunService) -> None:
    async with run_service(redis_url=f"redis://127.0.0.1:{free_port()}/0") as service:
        assert await converts(service, 20)
