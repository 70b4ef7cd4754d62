"""The simulated exchanges as a process of their own."""

import asyncio
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import aiohttp
import pytest

from entrypoints.simulator.market.simulated import SimulatedMarket
from entrypoints.simulator.recordings import UnusableRecording
from entrypoints.simulator.serving import CannotServe, run_simulator
from tests.servers.command import CROSSRATE

OPTIONS = ("--port", "0", "--seed", "7", "--binance-pairs", "60", "--kucoin-pairs", "50")
MARKET = SimulatedMarket(seed=7, binance_pairs=60, kucoin_pairs=50)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_prints_its_address_answers_there_and_exits_cleanly(number: signal.Signals) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, *CROSSRATE, "simulate", *OPTIONS, stdout=PIPE, stderr=PIPE
    )
    try:
        async with asyncio.timeout(20), aiohttp.ClientSession() as client:
            assert process.stdout is not None
            lines = [(await process.stdout.readline()).decode().strip() for _ in range(8)]
            urls = dict(line.split("=", 1) for line in lines[1:])
            async with client.get(urls["CROSSRATE_KRAKEN_URL"] + "/0/public/Time") as response:
                assert (await response.json())["error"] == []
            async with client.get(urls["CROSSRATE_BINANCE_URL"] + "/api/v3/ping") as response:
                assert await response.json() == {}
            async with client.get(urls["CROSSRATE_BINANCE_URL"] + "/api/v3/exchangeInfo") as response:
                symbols = [row["symbol"] for row in (await response.json())["symbols"]]
                assert symbols == [pair.symbol for pair in MARKET.pairs["binance"]]
            async with client.get(urls["CROSSRATE_KUCOIN_URL"] + "/api/v1/timestamp") as response:
                assert (await response.json())["code"] == "200000"
            process.send_signal(number)
            _, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, errors) == (0, b"")


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=str(port)):
            run_simulator(port=port, binance_pairs=60, kucoin_pairs=50)


@pytest.mark.parametrize("pairs", [0, -1, 200_001])
def test_an_impossible_number_of_pairs_is_rejected(pairs: int) -> None:
    with pytest.raises(ValueError, match=str(pairs)):
        run_simulator(port=0, binance_pairs=pairs)


def test_a_missing_recording_is_named_before_anything_is_served(tmp_path: Path) -> None:
    with pytest.raises(UnusableRecording, match="exchangeInfo"):
        run_simulator(port=0, data=tmp_path)
