"""`crossrate serve` with an exchange from another distribution, which no file of Crossrate names."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.integration.installed_exchange.simulated import ASSET_PAIRS, TICKER, SimulatedOrca
from tests.servers.service_client import Service
from tests.servers.service_process import SERVE, ended, running_process
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges

DISTRIBUTION = Path(__file__).parent / "distribution"


@pytest.fixture
async def exchanges() -> AsyncIterator[SimulatedExchanges]:
    async with (
        aiohttp.ClientSession() as client,
        running_simulated_exchanges(client, in_real_time=True, more=[SimulatedOrca()]) as exchanges,
    ):
        yield exchanges


@pytest.fixture
def _is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    places = (str(DISTRIBUTION), os.environ.get("PYTHONPATH", ""))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))


@pytest.fixture
async def service(_is_installed: None, exchanges: SimulatedExchanges, tmp_path: Path) -> AsyncIterator[Service]:
    async with (
        aiohttp.ClientSession() as client,
        running_process(
            exchanges.url,
            client,
            tmp_path,
            command=SERVE,  # what is installed is found at the start
            exchanges="orca,binance",
            orca_url=f"{exchanges.url}/orca",
            orca_fee_tier="1",
            divergence_threshold_percent="0",
        ) as process,
    ):
        yield process.service


async def test_it_converts_at_the_url_of_its_settings_by_name_too_and_until_it_fails(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    answer = await service.convert("BTC", "ORC", 2)
    assert answer.status == 200, answer.body
    assert (answer.json["exchange"], answer.json["result"]) == ("orca", "4000")
    assert await exchanges.paths("orca") == {ASSET_PAIRS: 1, TICKER: 1}
    assert set((await service.readiness())["dependencies"]) >= {"orca", "binance"}
    assert (await service.convert("BTC", "USDT", exchange="orca")).json["exchange"] == "orca"
    assert (await service.convert("TRX", "ADA", exchange="orca")).status == 404
    assert (await service.convert("BTC", "USDT")).json["exchange"] == "orca"
    await exchanges.commit("orca", "status", code=500)
    assert (await service.convert("BTC", "USDT", cache_max_seconds=None)).json["exchange"] == "binance"
    await exchanges.stop("orca")
    await exchanges.commit("binance", "status", code=500)
    assert (await service.convert("BTC", "USDT", cache_max_seconds=None)).json["exchange"] == "orca"


@pytest.mark.usefixtures("_is_installed")
async def test_its_settings_are_validated_with_the_others(tmp_path: Path) -> None:
    status, errors = await ended(tmp_path, command=SERVE, exchanges="orca", orca_url="api.orca.example")
    assert status != 0
    assert "CROSSRATE_ORCA_URL: " in errors


async def test_it_is_rejected_if_it_is_not_installed(tmp_path: Path) -> None:
    status, errors = await ended(tmp_path, exchanges="orca,binance")
    assert status != 0
    assert (
        "CROSSRATE_EXCHANGES: orca is not an installed exchange. Installed: binance, bybit, coinbase, "
        "kraken, kucoin, okx" in errors
    )
