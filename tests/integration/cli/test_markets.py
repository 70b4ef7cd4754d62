"""`crossrate markets diverging`: what it proposes, and its exit status."""

import json
from pathlib import Path

import aiohttp

from tests.servers.command import environment, run_crossrate
from tests.servers.simulated_exchanges import running_simulated_exchanges, settings_of


async def test_it_proposes_what_the_table_does_not_know_and_changes_nothing(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as client, running_simulated_exchanges(client, in_real_time=True) as exchanges:
        variables = environment(**settings_of(exchanges.url))
        shown = await run_crossrate("markets", "diverging", folder=tmp_path, environment=variables)
        await exchanges.commit("kucoin", "status", code=500)
        failed = await run_crossrate("markets", "diverging", "--json", folder=tmp_path, environment=variables)
        await exchanges.stop("kucoin")
        everything = await run_crossrate(
            "markets", "diverging", "--all", "--json", folder=tmp_path, environment=variables
        )
    rows = [line.split("\t") for line in shown.output.splitlines()]
    assert (shown.status, shown.errors) == (1, "")
    assert {(row[0], row[5], row[6]) for row in rows} == {("ACE/USDT", "unknown", "kucoin ACE ACE.KUCOIN - -")}
    assert (failed.status, json.loads(failed.output)) == (3, [])
    assert failed.errors.startswith("Not all are compared. kucoin: server_error: HTTP 500")
    known = {each["pair"] for each in json.loads(everything.output) if each["table"] == "known"}
    assert known >= {"BIFI/USDT", "MC/USDT"}
    (ace,) = [each for each in json.loads(everything.output) if each["pair"] == "ACE/USDT"]
    assert ace["mids"].keys() == {"binance", "kucoin"}
    assert ace["ratio"] > 100
    assert everything.status == 1
