"""A service over SQLite and one over Postgres for each module, with an administrator."""

from collections.abc import AsyncIterator
from secrets import token_hex

import aiohttp
import pytest

from tests.integration.identity.client import Client, Newcomers
from tests.servers.administrators import make_admin
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock


@pytest.fixture(scope="module")
async def clearing_service(
    session_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, database_url: str
) -> AsyncIterator[Service]:
    settings = {
        "database_url": database_url,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
    }
    async with running_service(session_exchanges.url, client, TickingClock(), **settings) as service:
        yield service


@pytest.fixture
async def ada(clearing_service: Service) -> Client:
    return await Newcomers(clearing_service).user()


@pytest.fixture
async def root(clearing_service: Service, database_url: str) -> Client:
    admin = Client(clearing_service, f"root-{token_hex(4)}", "198.51.100.7")
    await admin.register()
    await make_admin(database_url, admin.name)
    await admin.login()
    return admin
