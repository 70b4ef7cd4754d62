"""One service over SQLite and one over Postgres for each module; conversions need a token or a key there."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import asyncpg
import pytest

from adapters.sql.database import SqlDatabase
from tests.integration.service.accounts.client import Client, Newcomers
from tests.integration.service.served import Service, running_service
from tests.integration.service.stand_ins import StandIns
from tests.unit.fakes.clock import TickingClock


@pytest.fixture(scope="module")
def accounts_clock() -> TickingClock:
    return TickingClock()


@pytest.fixture(scope="module")
async def fresh_postgres(postgres_server: str) -> str:
    connection = await asyncpg.connect(postgres_server)
    await connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    await connection.close()
    await SqlDatabase(postgres_server, upgrades_itself=False).migrate()
    return postgres_server


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("accounts")
        return f"sqlite:///{folder}/crossrate.db"
    address: str = request.getfixturevalue("fresh_postgres")
    return address


@pytest.fixture(scope="module")
async def accounts_service(
    session_stand_ins: StandIns, client: aiohttp.ClientSession, accounts_clock: TickingClock, database_url: str
) -> AsyncIterator[Service]:
    settings = {
        "database_url": database_url,
        "require_auth": True,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_credentials": "off",
    }
    async with running_service(session_stand_ins, client, accounts_clock, **settings) as service:
        yield service


@pytest.fixture(scope="module")
def newcomers(accounts_service: Service) -> Newcomers:
    return Newcomers(accounts_service)


@pytest.fixture
async def ada(newcomers: Newcomers) -> Client:
    """Someone who is signed in."""
    return await newcomers.user()


@pytest.fixture
async def grace(newcomers: Newcomers) -> Client:
    """Somebody else who is signed in."""
    return await newcomers.user()
