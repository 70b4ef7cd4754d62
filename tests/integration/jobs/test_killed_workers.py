"""Workers killed while recording: no hour is recorded twice, and none is lost that a source could still give.

Three kills in every run; CROSSRATE_TEST_KILLS asks for another number.
"""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from adapters.sql.database import SqlDatabase
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import ReclaimingStreamBroker
from application.quotes.ports.quote_repository import QuoteFilter
from domain.pair import Pair
from domain.quotes.quote import HOUR_SECONDS, RecordedQuote, hour_of
from entrypoints.simulator.app import simulator_app
from tests.servers.command import CROSSRATE
from tests.servers.service_process import environment
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import MARKET
from tests.waiting import eventually

KILLS = int(os.environ.get("CROSSRATE_TEST_KILLS", "3"))
JOB_TIMEOUT_SECONDS = 2.0
PATIENCE_SECONDS = 40
BTC_USD = Pair.parse("BTC/USD")


@dataclass
class Place:
    """Where workers run: their settings, and what can be seen of their work."""

    folder: Path
    settings: dict[str, str]
    exchanges: str
    client: aiohttp.ClientSession

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[asyncio.subprocess.Process]:
        with (self.folder / "worker.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                sys.executable, *CROSSRATE, "worker", cwd=self.folder, stderr=log, env=environment(**self.settings)
            )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def send(self, pair: Pair, hour: int) -> None:
        queue = TaskiqJobQueue(ReclaimingStreamBroker(self.settings["redis_url"], 60, asyncio.Event()))
        await queue.enqueue("record_hour", {"pair": str(pair), "hour": hour})
        await queue.close()

    async def rows(self) -> list[RecordedQuote]:
        database = SqlDatabase(self.settings["database_url"], upgrades_itself=False)
        async with database.reading() as work:
            found = await work.quotes.list_page(QuoteFilter(), None, 1000)
        await database.close()
        return found

    async def have_it_take(self, milliseconds: int) -> None:
        async with self.client.put(
            f"{self.exchanges}/control/faults/alphavantage", json={"kind": "latency", "milliseconds": milliseconds}
        ) as response:
            assert response.status == 200

    async def calls(self) -> int:
        async with self.client.get(f"{self.exchanges}/control") as response:
            return int((await response.json())["exchanges"]["alphavantage"]["calls"])


@pytest.fixture
async def place(tmp_path: Path, redis_url: str) -> AsyncIterator[Place]:
    database_url = f"sqlite:///{tmp_path}/quotes.db"
    await SqlDatabase(database_url, upgrades_itself=False).migrate()
    async with serving(simulator_app(MARKET)) as exchanges, aiohttp.ClientSession() as client:
        settings = {
            "binance_url": f"{exchanges}/binance",
            "kucoin_url": f"{exchanges}/kucoin",
            "alphavantage_url": f"{exchanges}/alphavantage",
            "alphavantage_api_key": "k3y-of-the-test",
            "alphavantage_daily_calls": "100000",
            "redis_url": redis_url,
            "redis_prefix": "crossrate",
            "database_url": database_url,
            "job_timeout_seconds": str(JOB_TIMEOUT_SECONDS),
            "log_format": "json",
        }
        yield Place(tmp_path, settings, exchanges, client)


@pytest.mark.timeout(60 + KILLS * 40)
async def test_however_often_a_worker_is_killed_each_hour_is_recorded_once(place: Place) -> None:
    # The real clock runs here, and an hour that ends midway could not be recorded any more.
    left = hour_of(time.time()) + HOUR_SECONDS - time.time()
    if left < KILLS * 10:
        await asyncio.sleep(left)
    hour = hour_of(time.time())
    pairs = [Pair.parse(f"{coin}/USD") for coin in _coins(KILLS)]
    async with AsyncExitStack() as workers:
        worker = await workers.enter_async_context(place.worker())
        for pair in pairs:
            calls = await place.calls()

            async def is_called(before: int = calls) -> bool:
                return await place.calls() > before

            async def is_recorded(of: Pair = pair) -> bool:
                return any(row.quote.pair == of for row in await place.rows())

            await place.have_it_take(600)
            await place.send(pair, hour)
            await eventually(is_called, PATIENCE_SECONDS)
            worker.kill()  # SIGKILL, while the source is being asked
            await worker.wait()
            await place.have_it_take(1)
            worker = await workers.enter_async_context(place.worker())  # the next to be killed
            await eventually(is_recorded, PATIENCE_SECONDS)
    rows = await place.rows()
    assert sorted((str(row.quote.pair), row.hour) for row in rows) == sorted((str(pair), hour) for pair in pairs)
    assert "k3y-of-the-test" not in (place.folder / "worker.log").read_text()


def _coins(count: int) -> list[str]:
    listed = dict.fromkeys(pair.base for pair in MARKET.pairs["binance"])
    return [coin for coin in listed if coin.isascii()][:count]
