"""Every command in the documentation runs as written, and its output looks as shown."""

import csv
import os
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import orjson
import pytest

from entrypoints.simulator.app import simulator_app
from tests.integration.documentation.pages import (
    INTEGRATIONS,
    OUTPUTS,
    PAGES,
    Commands,
    blocks,
    commands,
    lines_of,
    marked,
)
from tests.integration.documentation.sandbox import forking_sandbox, make_sandbox, outputs_of, running
from tests.project import ROOT
from tests.servers.command import environment
from tests.servers.serving import serving
from tests.servers.simulated_exchanges import MARKET, settings_of
from tests.servers.source import free_port
from tests.waiting import eventually

SERVICE, SIMULATOR, REDIS = "http://127.0.0.1:8080", "http://127.0.0.1:8090", "redis://localhost:6379/0"
RECEIVER = "127.0.0.1:9000"
QUOTE_PAIRS = "BTC/USD,BTC/USDT,ETH/USDT"

# Pages that tell their reader to continue in the shell of another page, after its first block.
CONTINUES = {
    "quotes.md": "accounts-and-keys.md",
    "wallets.md": "accounts-and-keys.md",
    "webhooks.md": "accounts-and-keys.md",
}
# Pages whose commands one service answers: each by itself, but the short ones of other programs together.
TOGETHER = [
    *((page,) for page in PAGES if commands(page) and page not in INTEGRATIONS),
    tuple(page for page in INTEGRATIONS if commands(page)),
]
# Blocks that do not run here: .ci/run runs those for Docker; for those that take long, a test asks make for its plan; a
# test of the manifests compares those for a cluster with them.
NOT_RUN_HERE = {"docker": 4, "long": 6, "cluster": 1}

# These differ between moments, markets or users, so only their type is compared.
SECRETS = {"key", "secret", "access_token", "refresh_token"}
MOMENTS = {
    *("created_at", "last_used_at", "expires_at", "updated_at", "observed_at", "recorded_at", "opened_at", "hour"),
    *("occurred_at", "published", "at"),
}
ISO_MOMENTS = {f"{name}_iso" for name in MOMENTS}
AGES = {"age_seconds", "listing_age_seconds", "books_age_seconds"}
PRICES = {"symbol", "rate", "result", "price", "open", "high", "low", "close", "converted", "total", "cost", "fee"} | {
    *("received", "funds", "slippage_percent"),
}
VARYING = (
    {
        "id",
        "transaction_id",
        "wallet_id",
        "currency_id",
        "event_id",
        "batch_id",
        "url",
        "timestamp",
        "instance",
        "request_id",
        "user_agent",
        "quote_id",
        "seconds_from_at",
    }
    | SECRETS
    | MOMENTS
    | ISO_MOMENTS
    | AGES
    | PRICES
)

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples need curl")


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A folder with the project, and the addresses that replace those of the pages."""

    folder: Path
    environment: dict[str, str]
    addresses: dict[str, str]
    client: aiohttp.ClientSession

    def adapted(self, text: str) -> str:
        for shown, real in self.addresses.items():
            text = text.replace(shown, real)
        return text


@pytest.fixture
async def sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """A fresh checkout with simulated exchanges; nothing of it runs yet."""
    async with _sandbox(tmp_path, make_sandbox(tmp_path), monkeypatch) as made:
        yield made


@pytest.fixture
async def forking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    """The same, where `crossrate` starts fast."""
    with forking_sandbox(tmp_path) as tools:
        async with _sandbox(tmp_path, tools, monkeypatch) as made:
            yield made


@asynccontextmanager
async def _sandbox(tmp_path: Path, tools: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    monkeypatch.setenv("PATH", f"{tools}:{os.environ['PATH']}")
    monkeypatch.delenv("MAKEFLAGS", raising=False)
    port = free_port()
    async with serving(simulator_app(MARKET)) as exchanges, aiohttp.ClientSession() as client:
        settings = environment(
            port=str(port),
            jobs_port=str(port),
            **settings_of(exchanges),
            alphavantage_api_key="any that is long enough",
            quote_pairs=QUOTE_PAIRS,
            reference_rates="ecb",
            webhooks_to_private_networks="true",
            log_format="json",
        )
        addresses = {SERVICE: f"http://127.0.0.1:{port}", SIMULATOR: exchanges, RECEIVER: f"127.0.0.1:{free_port()}"}
        yield Sandbox(tmp_path, settings, addresses, client)


@pytest.mark.parametrize("pages", TOGETHER, ids=lambda pages: "+".join(page.name for page in pages))
async def test_every_command_runs_and_shows_what_the_page_shows(forking: Sandbox, pages: tuple[Path, ...]) -> None:
    sandbox = forking
    scripts = [script for page in pages for script in _commands_up_to(page)]
    live = f"{sandbox.addresses[SERVICE]}/health/live"
    async with running("make run", sandbox.folder, sandbox.environment, live, sandbox.client) as log:

        async def has_begun() -> bool:
            events = log.read_text()
            has_recorded_all = events.count('"quote_recorded"') == len(QUOTE_PAIRS.split(","))
            return has_recorded_all and '"reference_rates_kept"' in events

        await eventually(has_begun)
        adapted = [sandbox.adapted(script.text) for script in scripts]
        outputs = await outputs_of(adapted, sandbox.folder, sandbox.environment)
    for script, output in zip(scripts, outputs, strict=True):
        if script.output is not None:
            assert shape(output, script.output.language) == shape(script.output.text, script.output.language)


@pytest.mark.parametrize(
    "command", [line for page in PAGES for block in marked(page, "serve") for line in lines_of(block)]
)
async def test_every_command_that_serves_starts_in_a_fresh_checkout(
    forking: Sandbox, redis_url: str, command: str
) -> None:
    sandbox = forking
    path = "/control" if "simulate" in command else "/health/live"
    address = sandbox.addresses[SERVICE]
    command = command.replace(REDIS, redis_url).replace("--port 8090", f"--port {address.rpartition(':')[2]}")
    async with running(command, sandbox.folder, sandbox.environment, address + path, sandbox.client):
        pass


def test_commands_that_do_not_run_here_are_counted() -> None:
    marks = Counter(block.mark for page in PAGES for block in blocks(page) if block.language == "sh")
    assert {mark: count for mark, count in marks.items() if mark not in {"", "serve"}} == NOT_RUN_HERE


@pytest.mark.parametrize("line", [line for page in PAGES for block in marked(page, "long") for line in lines_of(block)])
async def test_long_commands_are_known_to_make(sandbox: Sandbox, line: str) -> None:
    assert line.startswith("make ")
    await outputs_of([line.replace("make ", "make --dry-run ", 1)], sandbox.folder, sandbox.environment)


def test_ci_runs_the_commands_that_need_docker() -> None:
    ci = (ROOT / ".ci" / "compose-stack").read_text()
    for page in PAGES:
        assert bool(marked(page, "docker")) == (str(page.relative_to(ROOT)) in ci), page.name


def test_every_output_follows_commands_that_run() -> None:
    for page in PAGES:
        shown = [block for block in blocks(page) if block.language in OUTPUTS]
        assert shown == [each.output for each in commands(page) if each.output is not None], page.name


def _commands_up_to(page: Path) -> list[Commands]:
    before = commands(page.parent / CONTINUES[page.name])[:1] if page.name in CONTINUES else []
    return [*before, *commands(page)]


def shape(text: str, language: str) -> object:
    """Return what must not vary of an output."""
    if language == "csv":
        return _table_shape(text.strip().splitlines())
    if language == "json":
        return [_json_shape(document) for document in _documents(text)]
    return [re.findall(r"[A-Za-z_]+", line) for line in text.strip().splitlines()]


def _documents(text: str) -> list[object]:
    """Return the JSON documents of an output: one a line, or one over all of it."""
    lines = text.strip().replace("}{", "}\n{").splitlines()
    return [orjson.loads(line) for line in lines] if lines[0].endswith("}") else [orjson.loads(text)]


def _json_shape(document: object, name: str = "") -> object:
    """Return the document, its fields in order, with the type in place of what varies."""
    if isinstance(document, dict):
        return [(field, _json_shape(value, field)) for field, value in document.items()]
    if isinstance(document, list):
        return [_json_shape(value, name) for value in document]
    return type(document) if name in VARYING else document


def _table_shape(lines: list[str]) -> list[tuple[str, ...]]:
    """Return the columns, and of each row what does not vary."""
    rows = csv.DictReader(lines)
    assert rows.fieldnames is not None
    fixed = [name for name in rows.fieldnames if name not in VARYING]
    return [tuple(rows.fieldnames), *sorted(tuple(row[name] for name in fixed) for row in rows)]
