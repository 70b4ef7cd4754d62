"""The bank's rates in the service: fetched by itself soon after its start, used for requests, told to operators."""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from dependency_injector import providers
from redis.asyncio import Redis

from application.jobs.ports.job_meter import JobOutcome
from entrypoints.settings.settings import Settings
from entrypoints.wiring.application import ApplicationContainer
from entrypoints.wiring.running import running
from tests.servers.service import RunService, running_service
from tests.servers.service_client import Service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges, settings_of
from tests.unit.fakes.clock import NOON, FakeClock
from tests.waiting import eventually

FRIDAY, NOON_OF_FRIDAY = "2024-04-26", 1_714_140_000  # 16:00 in Frankfurt
DAY = 86400


async def bank_of(service: Service) -> dict[str, object]:
    found: dict[str, object] = (await service.readiness())["dependencies"]["ecb"]
    return found


async def until_published(service: Service, day: str = FRIDAY) -> None:
    async def look() -> bool:
        return (await bank_of(service)).get("published") == day

    await eventually(look)


@pytest.fixture
async def banked(run_service: RunService) -> AsyncIterator[Service]:
    """A service that has the rates of Friday."""
    async with run_service(reference_rates="ecb") as service:
        await until_published(service)
        yield service


async def test_btc_to_usd_names_the_bank_and_the_day(banked: Service, exchanges: SimulatedExchanges) -> None:
    answer = await banked.convert("BTC", "USD", 2, include_route=True)
    assert answer.status == 200, answer.body
    body = answer.json
    books = await exchanges.tradable("binance")
    assert body["exchange"] == "binance+ecb"
    assert body["updated_at"] == int(NOON)
    market, *bank = body["route"]
    assert "published" not in market
    assert market["exchange"] == "binance"
    assert [(leg["exchange"], leg["published"], leg["observed_at"]) for leg in bank] == [
        ("ecb", FRIDAY, NOON_OF_FRIDAY)
    ] * len(bank)
    rate = books[market["symbol"]].mid
    for leg in bank:
        rate = rate * Decimal(leg["price"]) if leg["side"] == "sell" else rate / Decimal(leg["price"])
    assert abs(Decimal(body["rate"]) / rate - 1) < Decimal("1e-11")
    assert Decimal(body["result"]) == 2 * Decimal(body["rate"])


async def test_between_state_currencies_the_bank_answers_as_of_its_publication(banked: Service) -> None:
    for fields in ({}, {"exchange": "ecb"}, {"cache_max_seconds": 1}):
        body = (await banked.convert("GBP", "USD", **fields)).json
        assert (body["exchange"], body["updated_at"]) == ("ecb", NOON_OF_FRIDAY)


async def test_no_request_calls_the_bank(banked: Service, exchanges: SimulatedExchanges) -> None:
    async def has_history() -> bool:
        return await exchanges.paths("ecb") == {"/eurofxref-daily.xml": 1, "/eurofxref-hist.zip": 1}

    await eventually(has_history)
    for ends in (("BTC", "USD"), ("USD", "ETH"), ("GBP", "USD"), ("USD", "NOPE")):
        await banked.convert(*ends)
    assert await exchanges.calls("ecb") == 2


async def test_the_lists_have_the_bank(banked: Service) -> None:
    bank = (await banked.ask("GET", "/api/v1/exchanges")).json["exchanges"][-1]
    assert bank == {"name": "ecb", "status": "up", "pairs": 29, "currencies": 30, "published": FRIDAY}
    pairs = (await banked.ask("GET", "/api/v1/pairs?exchange=ecb&quote=USD")).json["pairs"]
    names = {"base_name": "Euro", "quote_name": "US dollar"}
    assert pairs == [{"exchange": "ecb", "symbol": "EUR/USD", "base": "EUR", "quote": "USD"} | names]
    currencies = (await banked.ask("GET", "/api/v1/currencies?limit=1000")).json["currencies"]
    exchanges = {each["code"]: each["exchanges"] for each in currencies}
    assert exchanges["USD"] == ["ecb"]
    assert "ecb" not in exchanges.get("BTC", [])
    csv = (await banked.ask("GET", "/api/v1/exchanges?format=csv")).body.decode()
    assert csv.splitlines()[-1] == f"ecb,up,,,,29,30,{FRIDAY}"


async def test_metrics_tell_when_the_rates_were_published(banked: Service) -> None:
    await banked.convert("BTC", "USD")
    lines = (await banked.ask("GET", "/metrics")).body.decode().splitlines()
    figures = dict(line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    published = float(figures['crossrate_reference_rates_published_timestamp_seconds{source="ecb"}'])
    assert published == NOON_OF_FRIDAY
    assert float(figures['crossrate_reference_rates_overdue_seconds{source="ecb"}']) == 0
    assert float(figures['crossrate_exchange_calls_total{exchange="ecb",outcome="ok"}']) >= 1
    conversions = {line: figure for line, figure in figures.items() if 'exchange="binance+ecb"' in line}
    assert sum(map(float, conversions.values())) == 1


async def test_a_missed_publication_is_told_and_refused_unless_the_caller_accepts_it(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession
) -> None:
    clock = FakeClock()
    async with running_service(exchanges.url, client, clock, reference_rates="ecb") as service:
        await until_published(service)
        clock.advance(2 * DAY)
        exchanges.clock.advance(2 * DAY)
        answer = await service.convert("GBP", "USD")
        assert (answer.status, answer.json["failures"]) == (503, {"ecb": "stale"})
        assert "its newest rates are of 2024-04-26; those of 2024-04-29 have not come" in answer.json["detail"]
        assert answer.headers["Retry-After"] == "60"
        assert (await service.convert("GBP", "USD", cache_max_seconds=DAY)).status == 200
        assert (await bank_of(service))["status"] == "down"
        assert (await service.readiness())["status"] == "degraded"
        figures = (await service.ask("GET", "/metrics")).body.decode()
        overdue = int(NOON) + 2 * DAY - (NOON_OF_FRIDAY + 3 * DAY + 3600)
        assert f'crossrate_reference_rates_overdue_seconds{{source="ecb"}} {overdue}.0' in figures


async def test_what_costs_far_from_the_bank_s_rate_is_a_coin_and_never_that_money(
    run_service: RunService, exchanges: SimulatedExchanges, client: aiohttp.ClientSession
) -> None:
    """Here it is the bank's rate that is made up; the exchanges' lira costs 60 times as much."""
    async with client.get(f"{exchanges.url}/ecb/eurofxref-daily.xml") as answer:
        file = re.sub("(?<='TRY' rate=')[0-9.]+", "2234", await answer.text())

    async def daily(_: web.Request) -> web.Response:
        return web.Response(text=file, content_type="text/xml")

    app = web.Application()
    app.router.add_get("/eurofxref-daily.xml", daily)
    async with serving(app) as url, run_service(reference_rates="ecb", ecb_url=url) as service:
        assert (await service.convert("USDT", "TRY")).json["exchange"] == "binance"  # no rates of the bank yet
        await until_published(service)
        body = (await service.convert("USDT", "TRY")).json
        assert (body["exchange"], 2000 < float(body["rate"]) < 2200) == ("binance+ecb", True)
        assert (await service.convert("USDT", "TRY.TOKEN")).json["exchange"] == "binance"
        refused = await service.convert("USDT", "TRY", exchange="binance")
        assert refused.status == 404
        assert refused.json["reasons"]["binance"] == "its TRY is TRY.TOKEN here, see /currencies"
        codes = (await service.ask("GET", "/api/v1/currencies?search=TRY")).json["currencies"]
        assert {each["code"]: each["exchanges"] for each in codes if each["code"].startswith("TRY")} == {
            "TRY": ["ecb"], "TRY.TOKEN": ["binance"],
        }  # fmt: skip
        assert (await service.convert("BTC", "EUR")).json["exchange"] == "binance"


@pytest.mark.parametrize("kind", ["html", "empty_list", "part", "future_time", "truncated_json", "reset", "status"])
async def test_while_the_bank_sends_nonsense_the_rest_goes_on(
    run_service: RunService, exchanges: SimulatedExchanges, kind: str
) -> None:
    more = {"future_time": {"seconds": 2 * DAY}, "status": {"code": 500}, "part": {"rows": 10}}
    await exchanges.commit("ecb", kind, **more.get(kind, {}))
    async with run_service(reference_rates="ecb") as service:

        async def was_asked() -> bool:
            return await exchanges.calls("ecb") > 0

        await eventually(was_asked)
        assert (await service.convert("BTC", "USDT")).status == 200
        answer = await service.convert("BTC", "USD")
        assert (answer.status, answer.json["failures"]) == (503, {"ecb": "stale"})
        assert (await bank_of(service))["status"] == "unknown"


async def test_where_the_settings_turn_the_rates_off_nothing_is_left_of_them(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    assert (await service.convert("BTC", "USD")).status == 404
    assert (await service.convert("EUR", "USD", exchange="ecb")).status == 422
    assert "ecb" not in (await service.readiness())["dependencies"]
    names = [each["name"] for each in (await service.ask("GET", "/api/v1/exchanges")).json["exchanges"]]
    assert names == ["binance", "kucoin"]
    assert "/ecb" not in (await service.ask("GET", "/openapi.json")).body.decode()
    assert await exchanges.calls("ecb") == 0


async def test_a_service_beside_a_worker_gets_the_rates_from_redis_or_else_from_the_database(
    exchanges: SimulatedExchanges, client: aiohttp.ClientSession, redis_url: str, tmp_path: Path
) -> None:
    shared = {
        "redis_url": redis_url,
        "reference_rates": "ecb",
        "cache_secret": "what the processes share, and no other",
    }
    kept = {"database_url": f"sqlite:///{tmp_path}/kept.db"}
    common: dict[str, Any] = {**settings_of(exchanges.url), **shared, **kept, "redis_prefix": "crossrate"}
    clock = FakeClock()
    with ApplicationContainer.core.clock.override(providers.Object(clock)):
        async with running(Settings(_env_file=None, **common)) as worker:
            run = worker.jobs().runner().run
            assert await run("keep_reference_rates", {"day": FRIDAY}) is JobOutcome.DONE
            assert await run("keep_reference_history", {}) is JobOutcome.DONE
    calls = await exchanges.calls("ecb")
    async with running_service(exchanges.url, client, clock, **shared) as service:  # with a database of its own
        await until_published(service)
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
    async with running_service(exchanges.url, client, clock, **shared, **kept) as service:
        await until_published(service)
        assert (await service.convert("BTC", "USD")).json["exchange"] == "binance+ecb"
    assert await exchanges.calls("ecb") == calls
