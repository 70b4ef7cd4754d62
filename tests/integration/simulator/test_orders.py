"""What the control endpoint shows and changes of the simulated exchanges' accounts, and the token that costs 4."""

import hmac
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any, TypeAlias

import aiohttp
import pytest

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.venues.account import API_KEY, API_SECRET
from tests.servers.serving import serving
from tests.unit.fakes.clock import NOON

Json: TypeAlias = Any

MARKET = SimulatedMarket(binance_pairs=60, kucoin_pairs=60)
NOW_MS = int(NOON * 1000)


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with serving(simulator_app(MARKET, clock=lambda: NOON)) as url, aiohttp.ClientSession(url) as client:
        yield client


async def get(client: aiohttp.ClientSession, path: str, **query: str) -> Json:
    async with client.get(path, params=query) as response:
        return await response.json()


async def buy(client: aiohttp.ClientSession, quantity: str, *, at_ms: int = NOW_MS, window_ms: int = 5000) -> Json:
    text = (
        f"symbol=ABANUSDT&side=BUY&type=LIMIT&timeInForce=IOC&quantity={quantity}&price=4&newClientOrderId=cr1-1"
        f"&recvWindow={window_ms}&timestamp={at_ms}"
    )
    signature = hmac.new(API_SECRET.encode(), text.encode(), sha256).hexdigest()
    headers = {"X-MBX-APIKEY": API_KEY, "Content-Type": "application/x-www-form-urlencoded"}
    async with client.post("/binance/api/v3/order", data=f"{text}&signature={signature}", headers=headers) as response:
        return await response.json()


@pytest.mark.parametrize(("exchange", "symbol"), [("binance", "ABANUSDT"), ("kucoin", "ABAN-USDT")])
@pytest.mark.parametrize("tick", ["0", "1700000000"])
async def test_the_made_up_token_always_costs_4(
    client: aiohttp.ClientSession, exchange: str, symbol: str, tick: str
) -> None:
    book = (await get(client, "/control/books", exchange=exchange, tick=tick))["books"][symbol]
    assert float(book["ask"]) == 4
    assert 3.9 < float(book["bid"]) < 4
    assert book["is_tradable"]


async def test_orders_trades_and_balances_are_shown_until_a_reset(client: aiohttp.ClientSession) -> None:
    before = await get(client, "/control/trading/binance")
    assert (before["orders"], before["trades"]) == ([], [])
    answer = await buy(client, "10")
    assert (answer["status"], answer["cummulativeQuoteQty"]) == ("FILLED", "40.00000000")
    after = await get(client, "/control/trading/binance")
    (order,), (trade,) = after["orders"], after["trades"]
    assert (order["client_order_id"], float(order["executed"]), order["is_open"]) == ("cr1-1", 10, False)
    assert (trade["order_id"], trade["fee_asset"]) == (order["id"], "ABAN")
    assert float(before["balances"]["USDT"]) - float(after["balances"]["USDT"]) == 40
    assert float(after["balances"]["ABAN"]) == pytest.approx(9.99)
    async with client.post("/control/reset"):
        pass
    assert await get(client, "/control/trading/binance") == before


async def test_balances_can_be_set(client: aiohttp.ClientSession) -> None:
    async with client.put("/control/trading/binance/balances", json={"USDT": "39.99"}) as response:
        assert (await response.json())["balances"]["USDT"] == "39.99"
    assert (await buy(client, "10"))["code"] == -2010
    async with client.put("/control/trading/binance/balances", json={"USDT": "-1"}) as response:
        assert response.status == 422
    async with client.get("/control/trading/ecb") as response:
        assert response.status == 404


async def test_a_thin_book_fills_a_part(client: aiohttp.ClientSession) -> None:
    async with client.put("/control/faults/binance", json={"kind": "thin_book", "percent": 30, "times": 1}) as response:
        assert response.status == 200
    answer = await buy(client, "10")
    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "3.00000000")


@pytest.mark.parametrize(
    ("at_ms", "window_ms", "code"),
    [
        (NOW_MS - 5000, 5000, None),
        (NOW_MS - 5001, 5000, -1021),
        (NOW_MS + 999, 5000, None),
        (NOW_MS + 1000, 5000, -1021),
        (NOW_MS, 60_001, -1131),
    ],
)
async def test_times_and_windows_are_checked(
    client: aiohttp.ClientSession, at_ms: int, window_ms: int, code: int | None
) -> None:
    assert (await buy(client, "10", at_ms=at_ms, window_ms=window_ms)).get("code") == code


async def test_signatures_and_keys_are_checked(client: aiohttp.ClientSession) -> None:
    path = f"/binance/api/v3/account?timestamp={NOW_MS}&signature={'0' * 64}"
    for headers, code in (({"X-MBX-APIKEY": API_KEY}, -1022), ({"X-MBX-APIKEY": "another"}, -2015), ({}, -2015)):
        async with client.get(path, headers=headers) as response:
            assert (await response.json())["code"] == code
