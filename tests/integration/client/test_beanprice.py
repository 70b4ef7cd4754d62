"""beanprice itself fetches prices through the client package from a running service."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import aiohttp
import pytest
from beanprice import price

from adapters.sql.database import SqlDatabase
from crossrate_client import AsyncClient
from domain.pair import Pair
from domain.quotes.quote import Quote
from tests.integration.client.conftest import registered
from tests.secrecy import secret
from tests.servers.migrated import migrated_sqlite
from tests.servers.service import service_app
from tests.servers.service_client import Service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges

YESTERDAY = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
RECORDED = {0: Decimal("97000.5"), 1: Decimal(96000), 2: Decimal("95000.25")}  # by days before yesterday


@pytest.fixture(autouse=True)
async def service(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    url = migrated_sqlite(tmp_path / "crossrate.db")
    database = SqlDatabase(url, upgrades_itself=False)
    async with database.writing() as work:
        for days, rate in RECORDED.items():
            at = int((YESTERDAY - timedelta(days=days)).timestamp())
            await work.quotes.add(Quote(Pair.parse("BTC/USDT"), rate, "exchanges", at), at)
    await database.close()
    async with serving(service_app(exchanges.url, database_url=url)) as address:
        service = Service(address, client)
        user = await registered(service)
        async with AsyncClient(address, **user) as asking:
            headers = {"Authorization": f"Bearer {await asking.access_token()}"}
        made = await service.ask(
            "POST", "/api/v1/api-keys", json={"name": "ledger", "scopes": ["convert", "quotes:read"]}, headers=headers
        )
        monkeypatch.setenv("CROSSRATE_CLIENT_URL", address)
        monkeypatch.setenv("CROSSRATE_CLIENT_API_KEY", secret(made.json["key"], "API key"))
        yield service


T = TypeVar("T")


def job(ticker: str, day: date | None = None) -> price.DatedPrice:
    source = price.parse_single_source(f"crossrate_client.beanprice/{ticker}")
    return price.DatedPrice("BTC", ticker.partition("-")[2], day, [source])


async def fetched(ask: Callable[[], T]) -> T:
    return await asyncio.to_thread(ask)


async def test_bean_price_fetches_the_price_of_now(service: Service) -> None:
    entry = await fetched(lambda: price.fetch_price(job("BTC-USDT")))
    answer = (await service.convert("BTC", "USDT", 1, cache_max_seconds=1000)).json
    assert (entry.amount.number, entry.amount.currency) == (Decimal(answer["rate"]), "USDT")


async def test_bean_price_fetches_the_price_of_a_day_from_what_was_recorded() -> None:
    day = YESTERDAY - timedelta(days=1)
    entry = await fetched(lambda: price.fetch_price(job("BTC-USDT", day.date())))
    assert (entry.date, entry.amount.number) == (day.date(), RECORDED[1])
    assert await fetched(lambda: price.fetch_price(job("BTC-USDT", (day - timedelta(days=90)).date()))) is None


async def test_a_series_has_the_last_quote_of_each_day() -> None:
    source = job("BTC-USDT").sources[0].module.Source()
    begin = YESTERDAY - timedelta(days=2, hours=12)
    series = await fetched(lambda: source.get_prices_series("BTC-USDT", begin, datetime.now(UTC)))
    assert [each.price for each in series] == [RECORDED[2], RECORDED[1], RECORDED[0]]
    assert [each.time.date() for each in series] == [(YESTERDAY - timedelta(days=days)).date() for days in (2, 1, 0)]
    assert {each.quote_currency for each in series} == {"USDT"}


@pytest.mark.parametrize("ticker", ["BTC", "BTC-NOTHING", "NOT+A+TICKER-USDT"])
async def test_what_has_no_price_is_none(ticker: str) -> None:
    source = job("BTC-USDT").sources[0].module.Source()
    assert await fetched(lambda: source.get_latest_price(ticker)) is None


async def test_without_a_service_there_is_no_price(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSRATE_CLIENT_URL", "http://127.0.0.1:9")
    source = job("BTC-USDT").sources[0].module.Source()
    started = time.monotonic()
    assert await fetched(lambda: source.get_latest_price("BTC-USDT")) is None
    assert time.monotonic() - started < 15
