"""What a start imports of the libraries that are installed."""

import inspect
import os
import subprocess
import sys

import pytest

from entrypoints.lean_imports import HIDDEN

# In a process of its own, because this one has imported everything. It prints what is imported once the service has
# started, and once all of its libraries are.
STARTED = """
import asyncio, sys
from crossrate.__main__ import main
from entrypoints.http import app
from entrypoints.http.server.draining import DrainingRunner
from entrypoints.wiring import delivering, local_jobs

set_up = DrainingRunner.setup

async def tell(self):
    await set_up(self)
    await asyncio.sleep(0.5)
    print(*sys.modules)
    import redis.asyncio
    print(*sys.modules)
    import rich.console  # as always
    sys.exit()

app.OPEN_AFTER_SECONDS = delivering.START_AFTER_SECONDS = local_jobs.START_AFTER_SECONDS = 0
DrainingRunner.setup = tell
sys.argv = ["crossrate", "serve"]
main()
"""

# What a service without Redis and tracing, whose database nobody has used, does not need.
NOT_AT_START = (
    *("redis", "taskiq", "opentelemetry", "sqlalchemy", "alembic", "aiosqlite", "asyncpg"),
    *("jwt", "cryptography", "pwdlib", "defusedxml"),
)


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> list[set[str]]:
    names = {"PORT": "0", "EXCHANGES": "binance", "FEEDS": "off", "QUOTE_PAIRS": "none", "REFERENCE_RATES": "none"}
    names["SYNC_INTERVAL_SECONDS"] = "0"  # nobody is called
    settings = {f"CROSSRATE_{name}": value for name, value in names.items()}
    printed = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, "-c", STARTED],
        capture_output=True,
        check=True,
        timeout=60,
        env=os.environ | settings,
        cwd=tmp_path_factory.mktemp("service"),
    )
    return [set(line.split()) for line in printed.stdout.decode().splitlines()]


def test_a_start_imports_no_library_of_what_is_not_used_yet(imported: list[set[str]]) -> None:
    assert not imported[0] & set(NOT_AT_START)


def test_no_library_imports_what_is_hidden_from_it(imported: list[set[str]]) -> None:
    assert set(HIDDEN) <= imported[1]
    hidden = {name for names in HIDDEN.values() for name in names} - {"rich"}  # a part of it is imported elsewhere
    assert not imported[1] & (hidden | {"rich.console"})


def test_a_traceback_shows_the_lines_of_a_lean_module() -> None:
    structlog = sys.modules["structlog"]
    assert structlog.__loader__ is not None
    assert "rich" in inspect.getsource(structlog.tracebacks)
    assert inspect.getsource(structlog)
