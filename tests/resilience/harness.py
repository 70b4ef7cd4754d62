"""The service with a proxy on each connection, and behind them simulated exchanges and Redis as processes."""

import asyncio
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from tests.resilience.books import TrueBooks
from tests.resilience.driver import Answered, Load, running_load
from tests.resilience.length import ATTEMPT_SETTINGS
from tests.resilience.links import FIRST, REDIS, SECOND
from tests.resilience.proxy import Proxy, running_proxy
from tests.resilience.verdict import NORMAL_SECONDS, PROBE_SECONDS, RECOVERY_SECONDS, are_soon, check_status, is_normal
from tests.servers.command import CROSSRATE, environment, started
from tests.servers.redis import RedisProcess
from tests.servers.service_process import SERVE, ServiceProcess, running_process

SIMULATE = (sys.executable, *CROSSRATE, "simulate", "--port", "0")

# Few pairs, so that the load hits the service and not the simulator; they include all pairs of the mix.
PAIRS = ("--binance-pairs", "300", "--kucoin-pairs", "250")

# The load asks for the latest prices all the time, and must not be slowed down for that.
AMPLE = ("--weight-times", "1000")

# The service counts as recovered after this long without a bad answer.
CALM_SECONDS = 0.5
CALM_ANSWERS = 50


@dataclass(frozen=True, slots=True)
class Harness:
    """A running service and its surroundings."""

    process: ServiceProcess
    exchanges_url: str
    proxies: Mapping[str, Proxy]
    redis: RedisProcess
    true_books: TrueBooks

    @property
    def url(self) -> str:
        """The address of the service."""
        return self.process.service.url

    @asynccontextmanager
    async def loaded(self, **options: float) -> AsyncIterator[Load]:
        """Start a load, and yield it once all answers are good."""
        async with running_load(self.url, **options) as load:
            await self.recovers(load, time.time(), within_seconds=20.0)
            yield load

    async def recovers(
        self, load: Load, since: float, within_seconds: float = RECOVERY_SECONDS + PROBE_SECONDS
    ) -> None:
        """Wait until answers have been good for a while; fail if that begins too long after `since`."""
        begin = since
        while True:
            answers = await load.answered_since(begin, CALM_ANSWERS)
            bad = [each for each in answers if not is_normal(each)]
            if not are_soon(answers):
                bad += [each for each in answers if each.seconds > NORMAL_SECONDS]
            if bad:
                last = max(bad, key=lambda each: each.sent_at)
                assert last.sent_at < since + within_seconds, f"not recovered: {last}"
                begin = last.sent_at + 0.001
            elif answers[-1].sent_at - begin > CALM_SECONDS or time.time() - begin > 2 * CALM_SECONDS:
                return
            await load.lasts(0.1)

    async def check(self, answers: list[Answered], failing: tuple[str, ...] = ()) -> None:
        """Assert that each answer is right, or an honest 503 because of the exchanges `failing`."""
        assert answers
        for answered in answers:
            check_status(answered, failing)
            if answered.status == 200:
                await self.true_books.check(answered)
        assert not self.process.events("request_failed")
        assert "Traceback" not in self.process.log()


@asynccontextmanager
async def running_harness(
    redis: RedisProcess, folder: Path, *, command: tuple[str, ...] = SERVE, **settings: str
) -> AsyncIterator[Harness]:
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)))
        exchanges = await stack.enter_async_context(running_exchanges(folder))
        proxies = {
            name: await stack.enter_async_context(running_proxy(_place(url)))
            for name, url in ((FIRST, exchanges), (SECOND, exchanges), (REDIS, redis.url))
        }
        ours = {
            "binance_url": f"http://127.0.0.1:{proxies[FIRST].port}/binance",
            "kucoin_url": f"http://127.0.0.1:{proxies[SECOND].port}/kucoin",
            "redis_url": f"redis://127.0.0.1:{proxies[REDIS].port}/0",
            "log_format": "json",
            "log_level": "debug",  # warnings that repeat are logged too
            **ATTEMPT_SETTINGS,
        }
        process = await stack.enter_async_context(
            running_process(exchanges, client, folder, command=command, **(ours | settings))
        )
        yield Harness(process, exchanges, proxies, redis, TrueBooks(exchanges, client))


@asynccontextmanager
async def running_exchanges(folder: Path) -> AsyncIterator[str]:
    """Start the simulated exchanges and yield the address that they print."""
    async with started(*SIMULATE, *PAIRS, *AMPLE, folder=folder, environment=environment(), stdout=PIPE) as process:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            while not (line := (await process.stdout.readline()).decode()).startswith("CROSSRATE_BINANCE_URL="):
                assert line, "the simulated exchanges did not start"
        yield line.partition("=")[2].strip().removesuffix("/binance")


def _place(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port
