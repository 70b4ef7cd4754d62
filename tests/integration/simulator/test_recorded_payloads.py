"""`--data FOLDER`: recorded payloads, byte for byte except for their time."""

import gzip
import json
import re
from pathlib import Path
from typing import Any, TypeAlias

import aiohttp
import pytest

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.recordings import UnusableRecording
from tests.servers.recordings import recorded_data
from tests.servers.serving import serving

Json: TypeAlias = Any

# The odd spacing is deliberate: a body that is parsed and written again would lose it.
RECORDED = {
    "binance/exchangeInfo": '{"timezone":"UTC",  "symbols":[{"symbol":"BTCUSDT","status":"TRADING","baseAsset":"BTC",'
    '"quoteAsset":"USDT","isSpotTradingAllowed":true}]}',
    "binance/ticker_bookTicker": '[{"symbol":"BTCUSDT", "bidPrice":"15898.76000000","bidQty":"0.06065000",'
    '"askPrice":"15899.15000000","askQty":"0.02223000"}]',
    "binance/ticker_price": '[ {"symbol":"BTCUSDT","price":"15898.92000000"}]',
    "binance/ticker_24hr": '[{"symbol":"BTCUSDT","lastPrice":"15898.92000000" }]',
    "kucoin/symbols": '{"code":"200000",  "data":[{"symbol":"BTC-USDT","baseCurrency":"BTC","quoteCurrency":"USDT",'
    '"enableTrading":true}]}',
    "kucoin/allTickers": '{"code":"200000","data":{"time":1669078301087, "ticker":[{"symbol":"BTC-USDT",'
    '"buy":"15890.1","sell":null,"last":"15890.2"}]}}',
}
SERVED_AT = {
    "binance/exchangeInfo": "/binance/api/v3/exchangeInfo",
    "binance/ticker_bookTicker": "/binance/api/v3/ticker/bookTicker",
    "binance/ticker_price": "/binance/api/v3/ticker/price",
    "binance/ticker_24hr": "/binance/api/v3/ticker/24hr",
    "kucoin/symbols": "/kucoin/api/v2/symbols",
    "kucoin/allTickers": "/kucoin/api/v1/market/allTickers",
}


@pytest.fixture(params=["json", "json.gz"])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    for name, text in RECORDED.items():
        path = tmp_path / f"{name}.{request.param}"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(text.encode()) if request.param == "json.gz" else text.encode())
    return tmp_path


async def body_of(client: aiohttp.ClientSession, path: str) -> bytes:
    async with client.get(path) as response:
        assert response.status == 200
        return await response.read()


def undated(body: bytes) -> bytes:
    """Remove the time of a snapshot."""
    return re.sub(rb'("time":)[0-9]+', rb"\1", body)


async def json_of(client: aiohttp.ClientSession, path: str) -> Json:
    return json.loads(await body_of(client, path))


async def test_recorded_payloads_are_served_byte_for_byte_except_for_their_time(folder: Path) -> None:
    moved = {name: text.replace("1669078301087", "1700000000000") for name, text in RECORDED.items()}
    app = simulator_app(data=folder, clock=lambda: 1_700_000_000.4)
    async with serving(app) as url, aiohttp.ClientSession(url) as client:
        for name, path in SERVED_AT.items():
            assert await body_of(client, path) == moved[name].encode()


async def test_single_pairs_and_books_come_from_the_recording(folder: Path) -> None:
    async with serving(simulator_app(data=folder)) as url, aiohttp.ClientSession(url) as client:
        price = await json_of(client, "/binance/api/v3/ticker/price?symbol=BTCUSDT")
        level1 = await json_of(client, "/kucoin/api/v1/market/orderbook/level1?symbol=BTC-USDT")
        binance = await json_of(client, "/control/books?exchange=binance")
        kucoin = await json_of(client, "/control/books?exchange=kucoin&tick=5")
    assert price == {"symbol": "BTCUSDT", "price": "15898.92000000"}
    assert (level1["data"]["bestBid"], level1["data"]["bestAsk"]) == ("15890.1", None)
    assert binance["books"]["BTCUSDT"] == {
        "base": "BTC",
        "quote": "USDT",
        "bid": "15898.76000000",
        "ask": "15899.15000000",
        "is_tradable": True,
    }
    assert kucoin["books"]["BTC-USDT"]["ask"] is None


async def test_faults_apply_to_recorded_payloads_too(folder: Path) -> None:
    async with serving(simulator_app(data=folder)) as url, aiohttp.ClientSession(url) as client:
        async with client.put("/control/faults/binance", json={"kind": "truncated_json"}) as response:
            assert response.status == 200
        whole = RECORDED["binance/exchangeInfo"].encode()
        assert await body_of(client, SERVED_AT["binance/exchangeInfo"]) == whole[: len(whole) // 2]


async def test_full_recordings_are_served_byte_for_byte_except_for_their_time_if_available(folder: Path) -> None:
    recordings = recorded_data() or folder
    async with serving(simulator_app(data=recordings)) as url, aiohttp.ClientSession(url) as client:
        for name, path in SERVED_AT.items():
            packed = recordings / f"{name}.json.gz"
            expected = (
                gzip.decompress(packed.read_bytes()) if packed.exists() else (recordings / f"{name}.json").read_bytes()
            )
            assert undated(await body_of(client, path)) == undated(expected)
        for exchange in ("binance", "kucoin"):
            assert (await json_of(client, f"/control/books?exchange={exchange}"))["books"]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnusableRecording, match=r"nowhere.*no exchangeInfo\.json"):
        simulator_app(data=tmp_path / "nowhere")


@pytest.mark.parametrize("name", list(RECORDED))
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    for path in folder.glob(f"{name}.*"):
        path.unlink()
    with pytest.raises(UnusableRecording, match=name.rpartition("/")[2]):
        simulator_app(data=folder)


@pytest.mark.parametrize("folder", ["json"], indirect=True)
@pytest.mark.parametrize("name", list(RECORDED))
@pytest.mark.parametrize("text", ["", "{", "[]x", '"text"', "{}", "[1]", '[{"symbol":7}]', "null", '{"data":[]}'])
def test_a_file_with_other_content_is_named(folder: Path, name: str, text: str) -> None:
    if name == "kucoin/symbols" and text == '{"data":[]}':
        text = '{"data":[7]}'
    (folder / f"{name}.json").write_text(text)
    with pytest.raises(UnusableRecording, match=name.rpartition("/")[2]):
        simulator_app(data=folder)


@pytest.mark.parametrize("content", [b"no gzip at all", gzip.compress(b"x" * 10_000)[:-20]], ids=["no gzip", "cut off"])
def test_a_broken_archive_is_named(folder: Path, content: bytes) -> None:
    for path in folder.glob("kucoin/symbols.*"):
        path.unlink()
    (folder / "kucoin/symbols.json.gz").write_bytes(content)
    with pytest.raises(UnusableRecording, match=r"symbols\.json\.gz cannot be read"):
        simulator_app(data=folder)
