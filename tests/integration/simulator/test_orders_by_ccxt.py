"""ccxt's own clients place and read orders at the simulated exchanges, so their formats and signatures are real."""

from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import ccxt.async_support as ccxt
import pytest

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.venues.account import API_KEY, API_PASSPHRASE, API_SECRET
from tests.servers.serving import serving

Untyped: TypeAlias = Any  # ccxt has no types that mypy could read

PAIR = "BTC/USDT"


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    async with serving(simulator_app(SimulatedMarket(binance_pairs=50, kucoin_pairs=50))) as url:
        yield url


@pytest.fixture(scope="module", params=["binance", "kucoin"])
async def client(request: pytest.FixtureRequest, url: str) -> AsyncIterator[Untyped]:
    options = {"fetchMarkets": {"types": ["spot"]}, "uta": False}
    client = getattr(ccxt, request.param)({"options": options})
    base = f"{url}/{request.param}" + ("/api/v3" if request.param == "binance" else "")
    client.urls["api"] = dict.fromkeys(client.urls["api"], base)
    async with client:
        await client.load_markets()  # without keys, or it would ask for accounts of other kinds
        client.apiKey, client.secret, client.password = API_KEY, API_SECRET, API_PASSPHRASE
        yield client


async def placed(client: Untyped, client_id: str, share_of_ask: float, **more: object) -> Untyped:
    ask = (await client.fetch_ticker(PAIR))["ask"] if client.id == "binance" else await ask_of(client)
    price = float(client.price_to_precision(PAIR, ask * share_of_ask))
    parameters = {"timeInForce": "IOC", "clientOrderId": client_id, "hf": True} | more
    if client.id == "binance":
        del parameters["hf"]
    return await client.create_order(PAIR, "limit", "buy", 0.01, price, parameters)


async def ask_of(client: Untyped) -> float:
    answer = await client.publicGetMarketOrderbookLevel1({"symbol": "BTC-USDT"})
    return float(answer["data"]["bestAsk"])


async def read(client: Untyped, order: Untyped) -> Untyped:
    return await client.fetch_order(order["id"], PAIR, {} if client.id == "binance" else {"hf": True})


async def test_an_order_is_filled_and_read_back_with_its_trades(client: Untyped) -> None:
    order = await placed(client, "cr0-1", 1.01)
    found = await read(client, order)
    assert (found["clientOrderId"], found["status"], found["filled"]) == ("cr0-1", "closed", 0.01)
    assert 0 < found["cost"] <= found["price"] * 0.01
    more = {"orderId": order["id"]} | ({} if client.id == "binance" else {"hf": True})
    trades = await client.fetch_my_trades(PAIR, None, None, more)
    assert sum(trade["amount"] for trade in trades) == pytest.approx(0.01)
    assert {trade["order"] for trade in trades} == {order["id"]}
    assert {trade["fee"]["currency"] for trade in trades} == {"BTC" if client.id == "binance" else "USDT"}


async def test_an_order_below_the_ask_ends_unfilled(client: Untyped) -> None:
    found = await read(client, await placed(client, "cr1-1", 0.9))
    assert found["filled"] == 0
    assert found["status"] in {"expired", "canceled", "closed"}


async def test_balances_are_read(client: Untyped) -> None:
    before = await client.fetch_balance({} if client.id == "binance" else {"type": "trade"})
    await placed(client, "cr1-1", 1.01)
    after = await client.fetch_balance({} if client.id == "binance" else {"type": "trade"})
    assert after["BTC"]["total"] - before["BTC"]["total"] == pytest.approx(0.01, rel=0.002)
    assert after["USDT"]["total"] < before["USDT"]["total"]


async def test_a_client_id_is_taken_again_only_once_its_order_is_done(client: Untyped) -> None:
    await placed(client, "cr1-1", 1.01)
    await placed(client, "cr1-1", 1.01)
    resting = await placed(client, "cr1-2", 0.9, timeInForce="GTC")
    with pytest.raises(ccxt.ExchangeError):
        await placed(client, "cr1-2", 0.9, timeInForce="GTC")
    await client.cancel_order(resting["id"], PAIR, {} if client.id == "binance" else {"hf": True})
    await placed(client, "cr1-2", 1.01)


async def test_a_wrong_secret_is_an_authentication_error(client: Untyped) -> None:
    client.secret = "another"  # noqa: S105 -- it opens nothing
    try:
        with pytest.raises(ccxt.AuthenticationError):
            await client.fetch_balance()
    finally:
        client.secret = API_SECRET


async def test_more_than_the_balance_is_refused(client: Untyped) -> None:
    more = {"timeInForce": "IOC"} | ({} if client.id == "binance" else {"hf": True})
    with pytest.raises(ccxt.InsufficientFunds):
        await client.create_order(PAIR, "limit", "buy", 1000, 90_000.0, more)
