"""One service a database for each module: one process over SQLite, two gunicorn workers over Postgres."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe

import aiohttp
import asyncpg
import pytest
from sqlalchemy import make_url

from adapters.sql.application_role import ApplicationRole
from adapters.sql.database import SqlDatabase
from tests.integration.identity.client import Newcomers
from tests.integration.money.depositor import Depositor
from tests.integration.money.journal import Journal
from tests.secrecy import secret
from tests.servers.gunicorn import two_workers
from tests.servers.postgres import empty
from tests.servers.service import running_service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

ROLE = ApplicationRole("crossrate_serves", secret(token_urlsafe(), "database password"))

LIMITS = ("authenticate", "account", "credentials", "wallets")


@dataclass(frozen=True, slots=True)
class Bank:
    """A running service, and its database: `address` with the role of the service, the journal as the owner."""

    newcomers: Newcomers
    journal: Journal
    address: str
    folder: Path

    async def depositor(self) -> Depositor:
        return Depositor(await self.newcomers.user())


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
async def bank(
    request: pytest.FixtureRequest,
    session_exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Bank]:
    folder = tmp_path_factory.mktemp("bank")
    running = _in_one_process if request.param == "sqlite" else _in_two_workers
    url = f"sqlite:///{folder}/crossrate.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres_server")
        await empty(url)
    async with running(session_exchanges.url, client, folder, url) as bank:
        yield bank


@asynccontextmanager
async def _in_one_process(exchanges: str, client: aiohttp.ClientSession, folder: Path, url: str) -> AsyncIterator[Bank]:
    await _migrate(url)
    settings = {"database_url": url, "trusted_proxies": ("127.0.0.1/32",)}
    limits = {f"rate_limit_{name}": "off" for name in LIMITS}
    async with running_service(exchanges, client, TickingClock(), **settings, **limits) as service:
        yield Bank(Newcomers(service), Journal(url), url, folder)


@asynccontextmanager
async def _in_two_workers(exchanges: str, client: aiohttp.ClientSession, folder: Path, url: str) -> AsyncIterator[Bank]:
    """Serve as the role that owns no table."""
    await _migrate(url, ROLE)
    address = make_url(url).set(username=ROLE.name, password=ROLE.password).render_as_string(hide_password=False)
    limits = {f"rate_limit_{name}": "off" for name in LIMITS}
    settings = {"database_url": address, "trusted_proxies": "127.0.0.1/32", **limits}
    async with two_workers(exchanges, client, folder, **settings) as workers:
        await workers.process.has_opened_its_database()
        yield Bank(Newcomers(workers.service), Journal(url), address, folder)
    owner = await asyncpg.connect(url)
    await owner.execute(f"DROP OWNED BY {ROLE.name}; DROP ROLE {ROLE.name}")
    await owner.close()


async def _migrate(url: str, role: ApplicationRole | None = None) -> None:
    database = SqlDatabase(url, upgrades_itself=False)
    await database.migrate(role)
    await database.close()


@pytest.fixture
async def ada(bank: Bank) -> Depositor:
    """A user without any wallet yet."""
    return await bank.depositor()
