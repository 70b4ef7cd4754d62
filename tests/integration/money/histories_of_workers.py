"""Generated histories, in two gunicorn workers over Postgres: a file for a second core, for `make test.money` alone."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from adapters.sql.database import SqlDatabase
from tests.integration.money.histories import LIMITS, tell
from tests.integration.money.length import HISTORIES
from tests.servers.gunicorn import two_workers
from tests.servers.in_a_thread import in_a_thread
from tests.servers.postgres import empty
from tests.servers.simulated_exchanges import running_simulated_exchanges


@pytest.fixture(scope="module")
def address(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with in_a_thread(_running_workers(postgres_server, tmp_path_factory.mktemp("workers"))) as address:
        yield address


@asynccontextmanager
async def _running_workers(url: str, folder: Path) -> AsyncIterator[str]:
    await empty(url)
    database = SqlDatabase(url, upgrades_itself=False)
    await database.migrate()
    await database.close()
    async with (
        aiohttp.ClientSession() as client,
        running_simulated_exchanges(client) as exchanges,
        two_workers(exchanges.url, client, folder, database_url=url, **LIMITS) as workers,
    ):
        await workers.process.has_opened_its_database()
        yield workers.service.url


def test_every_generated_history_ends_as_the_model_says(address: str) -> None:
    tell(address, HISTORIES)
