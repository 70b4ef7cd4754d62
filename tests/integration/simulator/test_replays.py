"""Recorded streams are played to whoever connects."""

import gzip
import json
from pathlib import Path

import aiohttp
import pytest

from entrypoints.simulator.app import simulator_app
from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.recordings import UnusableRecording
from tests.integration.simulator.streaming import BTC_AND_ETH, others_heard, subscribed
from tests.servers.recordings import recorded_data
from tests.servers.serving import serving

MARKET = SimulatedMarket(binance_pairs=100, kucoin_pairs=100)
PRICE = '{"stream":"btcusdt@bookTicker","data":{"u":%d,"s":"BTCUSDT","b":"1.0","B":"1","a":"1.1","A":"1"}}'


def recording(path: Path, *lines: object) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


async def test_a_recording_is_played_at_its_pace_from_the_first_subscription_on(tmp_path: Path) -> None:
    file = recording(
        tmp_path / "binance.jsonl",
        {"at": 100.0, "dir": "sent", "raw": '{"method":"SUBSCRIBE","params":[],"id":1}'},
        {"at": 100.1, "dir": "recv", "raw": '{"result":null,"id":1}'},
        *({"at": 101.0 + n, "dir": "recv", "raw": PRICE % n} for n in range(4)),
    )
    async with (
        serving(simulator_app(MARKET, replays=[file], replay_speed=10)) as url,
        aiohttp.ClientSession(url) as client,
    ):
        for _ in range(2):
            async with client.ws_connect(BTC_AND_ETH) as socket:
                assert [await socket.receive_str(timeout=5) for _ in range(4)] == [PRICE % n for n in range(4)]
        async with client.ws_connect("/binance/stream") as socket:
            assert await others_heard(socket) == []


async def test_the_real_recordings_are_played_to_the_last_byte() -> None:
    folder = recorded_data()
    if folder is None:
        pytest.skip("needs the recorded data")
    files = [folder / "binance/ws_bookTicker.jsonl.gz", folder / "kucoin/ws_ticker.jsonl.gz"]
    async with (
        serving(simulator_app(MARKET, replays=files, replay_speed=1e6)) as url,
        aiohttp.ClientSession(url) as client,
        client.ws_connect(BTC_AND_ETH) as binance,
        await subscribed(client, "/market/ticker:all") as kucoin,
    ):
        for socket, file, count in ((binance, files[0], 84), (kucoin, files[1], 830)):
            with gzip.open(file, "rt") as lines:
                raws = [line["raw"] for line in map(json.loads, lines) if line["dir"] == "recv"]
            prices = [raw for raw in raws if '"data"' in raw]
            assert len(prices) == count
            assert [await socket.receive_str(timeout=5) for _ in prices] == prices


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", '{"at":1}', '{"at":"x","dir":"recv","raw":"{}"}', '{"at":1,"dir":"recv","raw":"{"}',
             '{"at":1,"dir":"recv","raw":"{}"}']
)  # fmt: skip
def test_a_file_that_is_no_recorded_stream_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "stream.jsonl"
    file.write_text(text)
    with pytest.raises(UnusableRecording, match=r"stream\.jsonl"):
        simulator_app(MARKET, replays=[file])
