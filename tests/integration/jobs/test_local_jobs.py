"""Without Redis the service itself runs the jobs, once it has started."""

from pathlib import Path

import aiohttp

from adapters.sql.database import SqlDatabase
from application.health.database_probe import PROBE_TTL_SECONDS
from application.quotes.ports.quote_repository import QuoteFilter
from domain.quotes.quote import RecordedQuote, hour_of
from tests.servers.service import running_service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import NOON, FakeClock
from tests.waiting import eventually


async def test_every_tracked_pair_is_recorded_once_at_the_start(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/crossrate.db"
    settings = {
        "database_url": url,
        "quote_pairs": ("BTC/USD", "BTC/USDT", "ETH/USDT"),
        "alphavantage_url": f"{exchanges.url}/alphavantage",
        "alphavantage_api_key": "k3y-done-here",
    }
    database = SqlDatabase(url, upgrades_itself=True)

    async def rows() -> list[RecordedQuote]:
        async with database.reading() as work:
            return await work.quotes.list_page(QuoteFilter(), None, 100)

    for _ in range(2):  # the second one finds the hour recorded
        clock = FakeClock()
        async with running_service(exchanges.url, client, clock, **settings) as service:

            async def are_fresh(clock: FakeClock = clock) -> bool:
                clock.advance(PROBE_TTL_SECONDS)
                readiness = await service.readiness()
                return {pair["status"] for pair in readiness["quotes"].values()} == {"fresh"}

            await eventually(are_fresh)
    found = await rows()
    await database.close()
    assert sorted((str(row.quote.pair), row.hour) for row in found) == [
        ("BTC/USD", hour_of(NOON)),
        ("BTC/USDT", hour_of(NOON)),
        ("ETH/USDT", hour_of(NOON)),
    ]
