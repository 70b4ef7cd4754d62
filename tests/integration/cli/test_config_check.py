"""`crossrate config check` shows settings with their sources, tries each connection, and hides secrets."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from entrypoints.simulator.venues.account import API_KEY, API_SECRET
from tests.servers.command import Ended, environment, run_crossrate
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges, settings_of
from tests.servers.source import free_port

SECRET = "pa55w0rd-of-32-characters-or-more"  # noqa: S105 -- made up, to be looked for in the output


@pytest.fixture(scope="module")
async def exchanges() -> AsyncIterator[SimulatedExchanges]:
    async with aiohttp.ClientSession() as client, running_simulated_exchanges(client, in_real_time=True) as running:
        yield running


async def checked(folder: Path, *options: str, **settings: str) -> Ended:
    return await run_crossrate("config", "check", *options, folder=folder, environment=environment(**settings))


def made_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


async def test_all_that_is_set_up_is_tried(exchanges: SimulatedExchanges, redis_url: str, tmp_path: Path) -> None:
    await run_crossrate("migrate", folder=tmp_path, environment=environment())
    ended = await checked(
        tmp_path,
        "--json",
        **settings_of(exchanges.url),
        redis_url=redis_url,
        alphavantage_api_key=SECRET,
        reference_rates="ecb",
    )
    answer = json.loads(ended.output)
    assert (ended.status, ended.errors, answer["ok"]) == (0, "", True)
    states = {each["name"]: each["state"] for each in answer["connections"]}
    assert states == dict.fromkeys(["binance", "kucoin", "ecb", "redis", "database", "alphavantage"], "ok")


async def test_what_fails_is_named_with_its_address_and_reason(tmp_path: Path) -> None:
    port = free_port()
    ended = await checked(
        tmp_path,
        binance_url=f"http://127.0.0.1:{port}",
        exchanges="binance",
        redis_url=f"redis://u:{SECRET}@127.0.0.1:{port}/0",
        database_url=f"postgresql://u:{SECRET}@127.0.0.1:{port}/rates",
        jwt_secret=SECRET,
    )
    assert (ended.status, ended.errors) == (3, "A connection failed.\n")
    lines = ended.output.partition("\n\n")[2].splitlines()
    tried = {name: (state, rest) for name, state, rest in (line.split("\t") for line in lines)}
    assert {name: state for name, (state, _) in tried.items()} == dict.fromkeys(tried, "failed")
    assert tried["binance"][1].startswith(f"http://127.0.0.1:{port}: network: ")
    assert tried["redis"][1].startswith(f"Redis on 127.0.0.1:{port}: ")
    assert tried["database"][1].startswith(f"the database rates on 127.0.0.1:{port}: ")
    assert SECRET not in ended.output


@pytest.mark.parametrize(("secret", "state"), [(API_SECRET, "ok"), (SECRET, "failed")], ids=["right", "wrong"])
async def test_brokers_are_asked_for_their_balances(
    exchanges: SimulatedExchanges, tmp_path: Path, secret: str, state: str
) -> None:
    ended = await checked(
        tmp_path,
        "--json",
        **settings_of(exchanges.url),
        exchanges="kucoin",
        brokers="simulated,binance",
        binance_trading_url=f"{exchanges.url}/binance",
        binance_api_key=API_KEY,
        binance_api_secret=secret,
    )
    answer = json.loads(ended.output)
    states = {each["name"]: each["state"] for each in answer["connections"]}
    assert states == {"kucoin": "ok", "binance_trading": state, "database": "skipped"}
    for hidden in (API_KEY, secret):
        assert hidden not in ended.output + ended.errors


async def test_an_exchange_that_hangs_is_waited_for_no_longer_than_set(
    exchanges: SimulatedExchanges, tmp_path: Path
) -> None:
    await exchanges.commit("binance", "hang")
    ended = await checked(tmp_path, **settings_of(exchanges.url), exchanges="binance", stall_timeout_seconds="0.5")
    await exchanges.reset()
    assert (ended.status, "binance\tfailed" in ended.output, "timeout" in ended.output) == (3, True, True)


async def test_each_setting_is_shown_with_its_source_and_without_its_secret(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        f"# a comment\nCROSSRATE_HOST=::1\n\nexport CROSSRATE_JWT_SECRET={SECRET}\nCROSSRATE_PORT=1\nCROSSRATE_PORT=2\n"
        f"CROSSRATE_WORKERS=3\nCROSSRATE_KUCOIN_URL=http://u:{SECRET}@127.0.0.1:1\n"
    )
    ended = await checked(tmp_path, "--json", workers="4", exchanges="kucoin", max_legs="")
    shown = {each["variable"]: (each["value"], each["source"]) for each in json.loads(ended.output)["settings"]}
    assert shown["CROSSRATE_HOST"] == ("::1", ".env line 2")
    assert shown["CROSSRATE_JWT_SECRET"] == ("********", ".env line 4")
    assert shown["CROSSRATE_PORT"] == ("2", ".env line 6")
    assert shown["CROSSRATE_WORKERS"] == ("4", "environment")
    assert shown["CROSSRATE_MAX_LEGS"] == ("3", "default")
    assert shown["CROSSRATE_KUCOIN_URL"] == ("http://********@127.0.0.1:1", ".env line 8")
    assert SECRET not in ended.output + ended.errors


async def test_it_creates_nothing(tmp_path: Path) -> None:
    ended = await checked(tmp_path, exchanges="binance", binance_url="http://127.0.0.1:1", redis_url="redis://x:1")
    assert f"database\tskipped\tthe database in {tmp_path}/data/crossrate.db: it does not exist yet" in ended.output
    assert made_in(tmp_path) == []


@pytest.mark.parametrize(
    "wrong",
    [{"port": "http"}, {"database_url": "postgresql://u@127.0.0.1/x"}],
    ids=["not-a-port", "postgres-without-a-secret"],
)
async def test_settings_that_cannot_be_used_end_with_2(tmp_path: Path, wrong: dict[str, str]) -> None:
    ended = await checked(tmp_path, **wrong)
    assert (ended.status, ended.output) == (2, "")
    assert "These settings cannot be used:\n  CROSSRATE_" in ended.errors
