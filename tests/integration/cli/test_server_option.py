"""`--server`: the command line asks a running service."""

import asyncio
import json
from pathlib import Path

from tests.integration.client.conftest import registered
from tests.servers.command import environment, run_crossrate
from tests.servers.service import RunService, service_app
from tests.servers.service_client import Service
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.servers.source import free_port


async def test_a_service_converts_as_the_command_itself_would_show_it(warm_service: Service, tmp_path: Path) -> None:
    async def run(*arguments: str) -> list[list[str]]:
        command = ("convert", *arguments, "--server", warm_service.url)
        ended = await run_crossrate(*command, folder=tmp_path, environment=environment())
        assert (ended.status, ended.errors) == (0, "")
        return [line.split("\t") for line in ended.output.splitlines() if line]

    rate, result, exchange, *legs = await run("0.5", "trx", "ADA", "--route")
    answer = (await warm_service.convert("TRX", "ADA", "0.5", cache_max_seconds=1000, include_route=True)).json
    assert rate == ["rate", f"1 TRX = {answer['rate']} ADA"]
    assert result == ["result", f"0.5 TRX = {answer['result']} ADA"]
    assert exchange == ["exchange", answer["exchange"]]
    assert [leg[1:4] for leg in legs] == [[leg["symbol"], leg["side"], leg["price"]] for leg in answer["route"]]
    command = ("convert", "2", "BTC", "USDT", "--rate-type", "depth", "--exchange", "best", "--json")
    ended = await run_crossrate(*command, "--server", warm_service.url, folder=tmp_path, environment=environment())
    fields = {"rate_type": "depth", "exchange": "best", "cache_max_seconds": 1000}
    assert json.loads(ended.output) == (await warm_service.convert("BTC", "USDT", 2, **fields)).json


async def test_its_exit_status_is_that_of_the_answer(warm_service: Service, tmp_path: Path) -> None:
    async def status(*arguments: str) -> tuple[int, str]:
        ended = await run_crossrate("convert", *arguments, folder=tmp_path, environment=environment())
        assert ended.output == ""
        return ended.status, ended.errors

    code, said = await status("1", "NOPE", "BTC", "--server", warm_service.url)
    assert (code, "binance: NOPE is not listed" in said) == (1, True)
    code, said = await status("1", "BTC", "USDT", "--exchange", "nowhere", "--server", warm_service.url)
    assert (code, "exchange: nowhere" in said or "exchange" in said) == (2, True)
    code, said = await status("1", "BTC", "USDT", "--server", "ftp://127.0.0.1:8080")
    assert (code, "write http://127.0.0.1:8080" in said) == (2, True)
    code, said = await status("1", "BTC", "USDT", "--server", f"http://127.0.0.1:{free_port()}")
    assert (code, "does not answer" in said) == (3, True)


async def test_the_key_comes_from_the_environment(run_service: RunService, tmp_path: Path) -> None:
    async with run_service(require_auth=True) as service:
        await registered(service)
        command = ("convert", "1", "BTC", "USDT", "--server", service.url)
        refused = await run_crossrate(*command, folder=tmp_path, environment=environment())
        assert (refused.status, "Set CROSSRATE_CLIENT_API_KEY" in refused.errors) == (2, True)
        wrong = environment(client_api_key="crk_of-nobody-at-all_0123456789")
        refused = await run_crossrate(*command, folder=tmp_path, environment=wrong)
        assert (refused.status, "of-nobody" in refused.errors) == (2, False)


async def test_watching_a_service_shows_what_it_streams(moving_exchanges: SimulatedExchanges, tmp_path: Path) -> None:
    async with serving(service_app(moving_exchanges.url, sync_interval_seconds=1)) as url:
        command = ("watch", "BTC/USDT", "BTC/NOTHING", "--seconds", "4", "--server", url)
        lines, documents = await asyncio.gather(
            run_crossrate(*command, folder=tmp_path, environment=environment()),
            run_crossrate(*command, "--json", folder=tmp_path, environment=environment()),
        )
    assert (lines.status, lines.errors) == (0, "")
    rows = [line.split("\t") for line in lines.output.splitlines()]
    assert {row[0] for row in rows} == {"BTC/USDT", "BTC/NOTHING"}
    assert len({row[1] for row in rows if row[0] == "BTC/USDT"}) > 1
    assert [row[1:3] for row in rows if row[0] == "BTC/NOTHING"] == [["", ""]]
    assert {tuple(json.loads(line)) for line in documents.output.splitlines()} == {
        ("pair", "rate", "exchange", "updated_at"),
        ("pair", "problem"),
    }
