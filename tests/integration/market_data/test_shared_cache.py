"""Two service processes that share one Redis."""

import asyncio
from pathlib import Path

import aiohttp
from redis.asyncio import Redis

from tests.integration.redis_state import LONGEST_ANSWER_SECONDS, value_keys
from tests.servers.redis import RedisProcess
from tests.servers.service_client import Service
from tests.servers.service_process import running_process
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually


async def test_two_processes_share_prices_and_survive_their_redis(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path, redis_process: RedisProcess
) -> None:
    one = running_process(exchanges.url, client, tmp_path, redis_url=redis_process.url, log_format="json")
    other = running_process(exchanges.url, client, tmp_path, redis_url=redis_process.url, log_format="json")
    async with Redis.from_url(redis_process.url) as redis, one as first, other as second:

        async def is_kept() -> bool:
            return len(await value_keys(redis)) >= 2  # with the pairs of the next exchange it is 3

        before = await first.service.convert()
        await eventually(is_kept)
        assert await exchanges.calls("binance") == 2
        after = await second.service.convert(cache_max_seconds=1000)
        assert after.json == before.json
        assert await exchanges.calls("binance") == 2

        # The first process reads what the second has fetched only if its own prices are too old for a request.
        newer = await second.service.convert()
        assert await exchanges.calls("binance") == 3
        assert newer.json["updated_at"] >= before.json["updated_at"]

        redis_process.kill()
        for service in (first.service, second.service):
            assert await _converts(service)
        await asyncio.to_thread(redis_process.start)
        await eventually(lambda: _is_up(first.service))
        await eventually(lambda: _is_up(second.service))
        assert await _converts(second.service)
        assert [len(process.events("cache_recovered")) for process in (first, second)] == [1, 1]


async def _converts(service: Service) -> bool:
    for bound in (None, 0, 1000):
        answer = await service.convert(cache_max_seconds=bound)
        assert (answer.status, answer.json["exchange"]) == (200, "binance")
        assert answer.seconds < LONGEST_ANSWER_SECONDS
    return True


async def _is_up(service: Service) -> bool:
    readiness = await service.readiness()
    return bool(readiness["dependencies"]["redis"]["status"] == "up")
