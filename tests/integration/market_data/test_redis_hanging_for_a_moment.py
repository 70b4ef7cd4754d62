"""A Redis that hangs for a moment delays requests for the latest prices by no more than that moment."""

import asyncio
import time
from pathlib import Path

import aiohttp

from tests.servers.redis import RedisProcess
from tests.servers.service_client import Answer
from tests.servers.service_process import ServiceProcess, running_process
from tests.servers.simulated_exchanges import SimulatedExchanges

HANGING_SECONDS = 0.3
HANGS = 3
CALM_SECONDS = 2.0

ASKERS = 4
THINKING_SECONDS = 0.02

# It takes half a second: 0.2 s to notice, and 0.25 s until the next probe. A lease that nobody holds would take 3 s.
LONGEST_SECONDS = 1.2


async def test_a_redis_that_hangs_for_a_moment_under_load_leaves_no_lease_behind(
    moving_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path, redis_process: RedisProcess
) -> None:
    one = running_process(moving_exchanges.url, client, tmp_path, redis_url=redis_process.url, log_format="json")
    other = running_process(moving_exchanges.url, client, tmp_path, redis_url=redis_process.url, log_format="json")
    async with one as first, other as second:
        over_at = time.monotonic() + HANGS * (HANGING_SECONDS + CALM_SECONDS)
        answers: list[Answer] = []

        async def ask(process: ServiceProcess) -> None:
            while time.monotonic() < over_at:
                answers.append(await process.service.convert())
                await asyncio.sleep(THINKING_SECONDS)

        async with asyncio.TaskGroup() as group:
            for process in (first, second) * ASKERS:
                group.create_task(ask(process))
            for _ in range(HANGS):
                await asyncio.sleep(CALM_SECONDS)
                redis_process.pause()
                await asyncio.sleep(HANGING_SECONDS)
                redis_process.resume()
        assert first.events("cache_failed")
        assert second.events("cache_failed")
        assert {answer.status for answer in answers} == {200}
        assert max(answer.seconds for answer in answers) < LONGEST_SECONDS
