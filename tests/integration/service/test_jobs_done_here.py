"""Without Redis the service that answers also records, once it has started."""

import asyncio
from pathlib import Path

import aiohttp

from adapters.memory.job_queue import MemoryJobQueue
from adapters.sql.database import SqlDatabase
from application.health.database_probe import TOLD_AGAIN_SECONDS
from application.quotes.ports.quote_repository import QuoteFilter
from domain.pair import Pair
from domain.quotes.quote import RecordedQuote, hour_of
from tests.integration.service.served import eventually, running_service
from tests.integration.service.stand_ins import StandIns
from tests.unit.application.market_data.waiting import settled
from tests.unit.fakes.clock import NOON, FakeClock

BTC_USD, ETH_USDT = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT")


async def test_every_tracked_pair_is_recorded_once_at_the_start(
    stand_ins: StandIns, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/crossrate.db"
    settings = {
        "database_url": url,
        "quote_pairs": ("BTC/USD", "BTC/USDT", "ETH/USDT"),
        "alphavantage_url": f"{stand_ins.url}/alphavantage",
        "alphavantage_api_key": "k3y-done-here",
    }
    database = SqlDatabase(url, upgrades_itself=True)

    async def rows() -> list[RecordedQuote]:
        async with database.reading() as work:
            return await work.quotes.page(QuoteFilter(), None, 100)

    for _ in range(2):  # the second one finds the hour recorded
        clock = FakeClock()
        async with running_service(stand_ins, client, clock, **settings) as service:

            async def are_fresh(clock: FakeClock = clock) -> bool:
                clock.advance(TOLD_AGAIN_SECONDS)
                readiness = await service.readiness()
                return {told["status"] for told in readiness["quotes"].values()} == {"fresh"}

            await eventually(are_fresh)
    found = await rows()
    await database.close()
    assert sorted((str(row.quote.pair), row.hour) for row in found) == [
        ("BTC/USD", hour_of(NOON)),
        ("BTC/USDT", hour_of(NOON)),
        ("ETH/USDT", hour_of(NOON)),
    ]


async def test_one_run_a_pair_is_under_way_at_a_time() -> None:
    begun: list[Pair] = []
    gate = asyncio.Event()

    async def record(pair: Pair, hour: int) -> None:
        assert hour == 1
        begun.append(pair)
        await gate.wait()

    queue = MemoryJobQueue(record)
    for _ in range(3):
        await queue.record_hour(BTC_USD, 1)
    await queue.record_hour(ETH_USDT, 1)
    await settled()
    assert begun == [BTC_USD, ETH_USDT]
    gate.set()
    await settled()
    await queue.record_hour(BTC_USD, 1)
    await settled()
    assert begun == [BTC_USD, ETH_USDT, BTC_USD]
    await queue.close()


async def test_what_is_under_way_ends_with_the_service() -> None:
    ended = []

    async def record(pair: Pair, hour: int) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append((pair, hour))

    queue = MemoryJobQueue(record)
    await queue.record_hour(BTC_USD, 1)
    await settled()
    await queue.close()
    assert ended == [(BTC_USD, 1)]
