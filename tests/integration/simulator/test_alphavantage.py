"""The simulated Alpha Vantage, on a real socket."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.servers.serving import serving
from tests.unit.fakes.clock import NOON, FakeClock

MARKET = SimulatedMarket(binance_pairs=100, kucoin_pairs=100)
RATE = "Realtime Currency Exchange Rate"


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    clock = FakeClock()
    async with (
        serving(simulator_app(MARKET, clock=clock.now)) as url,
        aiohttp.ClientSession(url) as session,
    ):
        yield session


async def ask(client: aiohttp.ClientSession, base: str, quote: str, **query: str) -> dict[str, Any]:
    chosen = {"function": "CURRENCY_EXCHANGE_RATE", "from_currency": base, "to_currency": quote, "apikey": "k"} | query
    async with client.get("/alphavantage/query", params=chosen) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        document: dict[str, Any] = await response.json()
        return document


async def commit(client: aiohttp.ClientSession, exchange: str, **fault: object) -> int:
    async with client.put(f"/control/faults/{exchange}", json=fault) as response:
        return response.status


async def test_a_rate_has_the_form_of_alpha_vantage(client: aiohttp.ClientSession) -> None:
    rate = (await ask(client, "BTC", "USD"))[RATE]
    assert (rate["1. From_Currency Code"], rate["3. To_Currency Code"]) == ("BTC", "USD")
    assert (rate["6. Last Refreshed"], rate["7. Time Zone"]) == ("2024-04-28 11:43:16", "UTC")
    assert 70_000 < float(rate["5. Exchange Rate"]) < 130_000
    assert float(rate["8. Bid Price"]) < float(rate["5. Exchange Rate"]) < float(rate["9. Ask Price"])
    assert int(NOON) == 1714304596


async def test_the_rate_of_an_inverse_pair_is_the_inverse(client: aiohttp.ClientSession) -> None:
    there = float((await ask(client, "EUR", "USD"))[RATE]["5. Exchange Rate"])
    back = float((await ask(client, "USD", "EUR"))[RATE]["5. Exchange Rate"])
    assert there * back == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize(
    "query", [{"apikey": ""}, {"function": "TIME_SERIES"}, {"from_currency": "NOSUCH"}, {"to_currency": ""}], ids=str
)
async def test_an_unknown_pair_is_an_error_message_under_status_200(
    client: aiohttp.ClientSession, query: dict[str, str]
) -> None:
    assert list(await ask(client, "BTC", "USD", **query)) == ["Error Message"]


@pytest.mark.parametrize("member", ["Error Message", "Note", "Information"])
async def test_it_fails_under_status_200_on_demand(client: aiohttp.ClientSession, member: str) -> None:
    assert await commit(client, "alphavantage", kind="soft_failure", member=member, times=1) == 200
    assert list(await ask(client, "BTC", "USD")) == [member]
    assert list(await ask(client, "BTC", "USD")) == [RATE]


async def test_its_rate_can_come_from_the_future(client: aiohttp.ClientSession) -> None:
    assert await commit(client, "alphavantage", kind="future_time", seconds=60) == 200
    assert (await ask(client, "BTC", "USD"))[RATE]["6. Last Refreshed"] == "2024-04-28 11:44:16"


async def test_its_rate_can_be_old(client: aiohttp.ClientSession) -> None:
    assert await commit(client, "alphavantage", kind="past_time", seconds=3600) == 200
    assert (await ask(client, "BTC", "USD"))[RATE]["6. Last Refreshed"] == "2024-04-28 10:43:16"
    assert list(await ask(client, "BTC", "NOSUCH")) == ["Error Message"]


async def test_an_error_status_has_a_retry_time(client: aiohttp.ClientSession) -> None:
    assert await commit(client, "alphavantage", kind="status", code=503, retry_after=7) == 200
    async with client.get("/alphavantage/query") as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "7")


@pytest.mark.parametrize(
    ("exchange", "kind"),
    [
        ("binance", "soft_failure"),
        ("kucoin", "soft_failure"),
        ("binance", "past_time"),
        ("alphavantage", "bad_rows"),
        ("alphavantage", "failure_code"),
    ],
)
async def test_a_fault_of_another_exchange_is_rejected(client: aiohttp.ClientSession, exchange: str, kind: str) -> None:
    assert await commit(client, exchange, kind=kind) == 422


async def test_its_calls_are_counted(client: aiohttp.ClientSession) -> None:
    await ask(client, "BTC", "USD")
    async with client.get("/alphavantage/elsewhere") as response:
        assert response.status == 404
    async with client.get("/control") as response:
        state = (await response.json())["exchanges"]["alphavantage"]
    assert state["paths"] == {"/query": 1, "other": 1}
