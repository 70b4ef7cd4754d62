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


async def test_without_a_key_btc_in_dollars_is_recorded_at_the_bank_s_rate_soon_after_the_start(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/crossrate.db"
    settings = {"database_url": url, "quote_pairs": ("BTC/USD",), "reference_rates": "ecb"}
    database = SqlDatabase(url, upgrades_itself=True)

    async def has_rows() -> bool:
        async with database.reading() as work:
            rows.extend(await work.quotes.list_page(QuoteFilter(), None, 100))
        return bool(rows)

    rows: list[RecordedQuote] = []
    async with running_service(exchanges.url, client, FakeClock(), **settings) as service:
        await eventually(has_rows)
        readiness = await service.readiness()
    await database.close()
    quote = rows[0].quote
    market, *bank = quote.legs
    assert (quote.source, quote.exchange, quote.observed_at) == ("exchanges", "binance+ecb", int(NOON))
    assert (market.exchange, market.published) == ("binance", None)
    assert {(leg.exchange, str(leg.published)) for leg in bank} == {("ecb", "2024-04-26")}
    assert "warnings" not in readiness


async def test_with_neither_a_key_nor_a_bank_btc_in_dollars_is_missing_and_readiness_says_what_it_needs(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession
) -> None:
    async with running_service(exchanges.url, client, FakeClock(), quote_pairs=("BTC/USD",)) as service:

        async def is_told() -> bool:
            return "CROSSRATE_REFERENCE_RATES=ecb" in str((await service.readiness()).get("warnings"))

        await eventually(is_told)
