"""What the README tells newcomers to type is typed here, letter for letter, and answered as it shows."""

import asyncio
import csv
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest

from entrypoints.simulator.app import simulator_app
from tests.integration.service.processes import ServiceProcess, running_process
from tests.integration.service.served import eventually
from tests.integration.service.stand_ins import MARKET, StandIns
from tests.servers.simulator import running_simulator
from tests.unit.fakes.clock import FakeClock

README = (Path(__file__).parent.parent.parent / "README.md").read_text()
SECTIONS = ("An example", "Accounts and keys", "Recorded quotes")
ITS_ADDRESS = "http://127.0.0.1:8080"
SCRIPT_SECONDS = 30

# Of another moment, another market or another user: only of what kind they are is held.
SECRETS = {"key", "access_token", "refresh_token"}
MOMENTS = {"created_at", "updated_at", "observed_at", "recorded_at", "opened_at", "hour"}
PRICES = {"symbol", "rate", "result", "price", "open", "high", "low", "close"}
VARYING = {"id"} | SECRETS | MOMENTS | PRICES

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are asked with curl")


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[ServiceProcess]:
    """A service as `make run` starts it, over stand-ins, which has recorded its first quotes."""
    async with running_simulator(simulator_app(MARKET)) as url, aiohttp.ClientSession() as client:
        settings: Any = {
            "environment": "development",
            "jwt_secret": "",
            "sync_interval_seconds": "5",
            "quote_pairs": "BTC/USD,BTC/USDT,ETH/USDT",
            "alphavantage_url": f"{url}/alphavantage",
            "alphavantage_api_key": "any that is long enough",
            "log_format": "json",
        }
        async with running_process(StandIns(url, client, FakeClock()), client, tmp_path, **settings) as process:

            async def has_recorded_all() -> bool:
                return len(process.events("quote_recorded")) == 3

            await eventually(has_recorded_all)
            yield process


async def test_every_example_of_the_readme_is_answered_as_it_shows(served: ServiceProcess, tmp_path: Path) -> None:
    commands = "".join(block for block in shown("sh") if "curl" in block)
    assert ITS_ADDRESS in commands
    answered = await typed(commands.replace(ITS_ADDRESS, served.service.url), tmp_path)
    documents = [orjson.loads(line) for line in answered if line.startswith("{")]
    rows = [line for line in answered if not line.startswith("{")]
    expected = [orjson.loads(document) for block in shown("json") for document in documents_in(block)]
    assert [kept(document) for document in documents] == [kept(document) for document in expected]
    (table,) = shown("csv")
    assert table_of(rows) == table_of(table.splitlines())


def shown(language: str) -> list[str]:
    """Return the blocks of a language in the sections, in order."""
    parts = [README.partition(f"\n## {section}\n")[2].partition("\n## ")[0] for section in SECTIONS]
    assert all(parts)
    blocks = re.compile(rf"^```{language}\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [block for part in parts for block in blocks.findall(part)]


def documents_in(block: str) -> list[str]:
    """Return the documents of a block: one a line, or one over all of it."""
    lines = block.splitlines()
    return lines if lines[0].endswith("}") else [block]


async def typed(commands: str, folder: Path) -> list[str]:
    """Return the lines that appear in a terminal: what is written to standard error too."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", f"exec 2>&1\n{commands}", cwd=folder, stdout=PIPE
    )
    async with asyncio.timeout(SCRIPT_SECONDS):
        output, _ = await process.communicate()
    assert process.returncode == 0, output
    return output.decode().replace("}{", "}\n{").splitlines()


def kept(document: object, name: str = "") -> object:
    """Return the document with the kind in place of what varies, and its fields in their order."""
    if isinstance(document, dict):
        return [(field, kept(value, field)) for field, value in document.items()]
    if isinstance(document, list):
        return [kept(value, name) for value in document]
    return type(document) if name in VARYING else document


def table_of(lines: list[str]) -> list[tuple[str, ...]]:
    """Return of each row what does not vary."""
    rows = csv.DictReader(lines)
    assert rows.fieldnames is not None
    fixed = [name for name in rows.fieldnames if name not in VARYING]
    return [tuple(rows.fieldnames), *sorted(tuple(row[name] for name in fixed) for row in rows)]
