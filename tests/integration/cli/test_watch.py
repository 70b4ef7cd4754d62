"""`crossrate watch`: what it shows in a pipe."""

import json
from pathlib import Path

from tests.servers.command import environment, run_crossrate
from tests.servers.simulated_exchanges import SimulatedExchanges, settings_of


async def test_each_change_is_a_line_that_begins_with_the_pair(
    moving_exchanges: SimulatedExchanges, tmp_path: Path
) -> None:
    settings = environment(**settings_of(moving_exchanges.url), sync_interval_seconds="1", reference_rates="ecb")
    options = ("watch", "btc/usdt", "TRX/ADA", "BTC/NOTHING", "BTC/USD", "--seconds", "7")
    lines = await run_crossrate(*options, folder=tmp_path, environment=settings)
    assert lines.status == 0, lines
    rows = [line.split("\t") for line in lines.output.splitlines()]
    assert {row[0] for row in rows} == {"BTC/USDT", "TRX/ADA", "BTC/NOTHING", "BTC/USD"}
    assert "binance+ecb" in {row[2] for row in rows if row[0] == "BTC/USD"}
    assert [row[1:3] for row in rows if row[0] == "BTC/NOTHING"] == [["", ""]]
    assert len({row[1] for row in rows if row[0] == "BTC/USDT"}) > 1
    documents = await run_crossrate(*options, "--json", folder=tmp_path, environment=settings)
    assert {tuple(json.loads(line)) for line in documents.output.splitlines()} == {
        ("pair", "rate", "exchange", "updated_at"),
        ("pair", "problem"),
    }


async def test_what_is_no_pair_is_refused(tmp_path: Path) -> None:
    refused = await run_crossrate("watch", "BTC", folder=tmp_path, environment=environment())
    assert refused.status == 2
    assert "separated by a slash" in refused.errors
