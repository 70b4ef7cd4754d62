"""ccxt's Binance and KuCoin clients read the simulated exchanges, so their formats are the real ones."""

import json
from collections.abc import AsyncIterator
from typing import Any, TypeAlias

import aiohttp
import ccxt.async_support as ccxt
import pytest

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from tests.servers.serving import serving

Untyped: TypeAlias = Any  # ccxt has no types that mypy could read, nor has JSON

SPOT_ONLY = {"options": {"fetchMarkets": {"types": ["spot"]}}}


@pytest.fixture(scope="module")
async def url() -> AsyncIterator[str]:
    # Time stands still, so that what ccxt read can be compared with what was sent.
    async with serving(simulator_app(SimulatedMarket(), clock=lambda: 1_700_000_000.0)) as url:
        yield url


@pytest.fixture
async def binance(url: str) -> AsyncIterator[Untyped]:
    client = ccxt.binance(SPOT_ONLY)
    client.urls["api"]["public"] = f"{url}/binance/api/v3"
    async with client:
        yield client


@pytest.fixture
async def kucoin(url: str) -> AsyncIterator[Untyped]:
    client = ccxt.kucoin(SPOT_ONLY)
    client.urls["api"]["public"] = f"{url}/kucoin"
    async with client:
        yield client


async def wire(url: str, path: str) -> Untyped:
    async with aiohttp.ClientSession(url) as session, session.get(path) as response:
        return json.loads(await response.read())


def number(text: str | None) -> float | None:
    # ccxt leaves out a price of zero, as it does a missing one
    return float(text or 0) or None


def prices(tickers: dict[str, Untyped]) -> dict[str, tuple[float | None, float | None]]:
    return {ticker["info"]["symbol"]: (ticker["bid"], ticker["ask"]) for ticker in tickers.values()}


async def test_ccxt_finds_exactly_binances_trading_pairs(url: str, binance: Untyped) -> None:
    markets = await binance.load_markets()
    sent = (await wire(url, "/binance/api/v3/exchangeInfo"))["symbols"]
    active = {(market["id"], market["baseId"], market["quoteId"]) for market in markets.values() if market["active"]}
    assert len(markets) == len(sent)
    # ccxt does not look at isSpotTradingAllowed
    assert active == {
        (row["symbol"], row["baseAsset"], row["quoteAsset"]) for row in sent if row["status"] == "TRADING"
    }
    assert len(active) >= 1500
    assert all(market["spot"] and not market["contract"] for market in markets.values())
    assert markets["T/USDT"]["id"] == "TUSDT"
    assert markets["BTC/USDT"]["precision"]["price"] == 0.01


@pytest.mark.parametrize(("method", "path"), [("fetch_bids_asks", "bookTicker"), ("fetch_tickers", "24hr")])
async def test_ccxt_reads_binances_books(url: str, binance: Untyped, method: str, path: str) -> None:
    await binance.load_markets()
    read = prices(await getattr(binance, method)())
    sent = await wire(url, f"/binance/api/v3/ticker/{path}")
    assert read == {row["symbol"]: (number(row["bidPrice"]), number(row["askPrice"])) for row in sent}


async def test_ccxt_finds_exactly_kucoins_trading_pairs(url: str, kucoin: Untyped) -> None:
    markets = await kucoin.load_markets()
    sent = (await wire(url, "/kucoin/api/v2/symbols"))["data"]
    active = {(market["id"], market["baseId"], market["quoteId"]) for market in markets.values() if market["active"]}
    assert len(markets) == len(sent)
    assert active == {
        (row["symbol"], row["baseCurrency"], row["quoteCurrency"]) for row in sent if row["enableTrading"]
    }
    assert len(active) >= 1000
    assert markets["KCS/USDT"]["taker"] == 0.001
    assert set(kucoin.currencies) >= {"KCS", "BTC", "1INCH"}


async def test_ccxt_reads_kucoins_books(url: str, kucoin: Untyped) -> None:
    await kucoin.load_markets()
    read = prices(await kucoin.fetch_tickers())
    sent = (await wire(url, "/kucoin/api/v1/market/allTickers"))["data"]["ticker"]
    assert read == {row["symbol"]: (number(row["buy"]), number(row["sell"])) for row in sent}


async def test_ccxt_recognises_an_unknown_symbol_and_a_rate_limit(url: str, binance: Untyped, kucoin: Untyped) -> None:
    with pytest.raises(ccxt.BadSymbol):
        await binance.publicGetTickerBookTicker({"symbol": "NOSUCH"})
    async with aiohttp.ClientSession(url) as control:
        for exchange, fault, client, call, expected in (
            ("binance", {"kind": "status", "code": 429}, binance, "publicGetTickerPrice", ccxt.DDoSProtection),
            ("binance", {"kind": "status", "code": 418}, binance, "publicGetTickerPrice", ccxt.DDoSProtection),
            ("kucoin", {"kind": "failure_code", "code": "429000"}, kucoin, "publicGetSymbols", ccxt.RateLimitExceeded),
            ("kucoin", {"kind": "status", "code": 429}, kucoin, "publicGetSymbols", ccxt.RateLimitExceeded),
        ):
            async with control.put(f"/control/faults/{exchange}", json=fault):
                pass
            with pytest.raises(expected):
                await getattr(client, call)()
            async with control.post("/control/reset"):
                pass
