"""Workers killed while recording: no hour is recorded twice, and none is lost that a source could still give.

Two kills in every run; CROSSRATE_TEST_KILLS sets another number.
"""

import asyncio
import os
import time
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.sql.database import SqlDatabase
from adapters.taskiq.job_queue import TaskiqJobQueue
from adapters.taskiq.stream_broker import ReclaimingStreamBroker
from application.quotes.ports.quote_repository import QuoteFilter
from domain.pair import Pair
from domain.quotes.quote import HOUR_SECONDS, RecordedQuote, hour_of
from tests.servers.forked import ForkedProcess
from tests.servers.service_process import running_command
from tests.servers.simulated_exchanges import MARKET, SimulatedExchanges, settings_of
from tests.waiting import eventually

KILLS = int(os.environ.get("CROSSRATE_TEST_KILLS", "2"))
JOB_TIMEOUT_SECONDS = 2.0
PATIENCE_SECONDS = 40
BTC_USD = Pair.parse("BTC/USD")


@dataclass
class Place:
    """Where workers run: their settings, and what can be seen of their work."""

    folder: Path
    settings: dict[str, str]
    exchanges: SimulatedExchanges

    def worker(self) -> AbstractAsyncContextManager[ForkedProcess]:
        return running_command("worker", self.folder, **self.settings)

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


@pytest.fixture
async def place(tmp_path: Path, redis_url: str, moving_exchanges: SimulatedExchanges) -> Place:
    database_url = f"sqlite:///{tmp_path}/quotes.db"
    await SqlDatabase(database_url, upgrades_itself=False).migrate()
    settings = settings_of(moving_exchanges.url) | {
        "alphavantage_api_key": "k3y-of-the-test",
        "alphavantage_daily_calls": "100000",
        "redis_url": redis_url,
        "redis_prefix": "crossrate",
        "database_url": database_url,
        "job_timeout_seconds": str(JOB_TIMEOUT_SECONDS),
        "log_format": "json",
    }
    return Place(tmp_path, settings, moving_exchanges)


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
            calls = await place.exchanges.calls("alphavantage")

            async def is_called(before: int = calls) -> bool:
                return await place.exchanges.calls("alphavantage") > before

            async def is_recorded(of: Pair = pair) -> bool:
                return any(row.quote.pair == of for row in await place.rows())

            await place.exchanges.commit("alphavantage", "latency", milliseconds=600)
            await place.send(pair, hour)
            await eventually(is_called, PATIENCE_SECONDS)
            worker.kill()  # SIGKILL, while the source is being asked
            await worker.wait()
            await place.exchanges.commit("alphavantage", "latency", milliseconds=1)
            worker = await workers.enter_async_context(place.worker())  # the next to be killed
            await eventually(is_recorded, PATIENCE_SECONDS)
    rows = await place.rows()
    assert sorted((str(row.quote.pair), row.hour) for row in rows) == sorted((str(pair), hour) for pair in pairs)
    assert "k3y-of-the-test" not in (place.folder / "worker.log").read_text()


def _coins(count: int) -> list[str]:
    listed = dict.fromkeys(pair.base for pair in MARKET.pairs["binance"])
    return [coin for coin in listed if coin.isascii()][:count]
