"""One service over SQLite and one over Postgres for each module; conversions need a token or a key there."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.identity.client import Client, Newcomers
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock


@pytest.fixture(scope="module")
def accounts_clock() -> TickingClock:
    return TickingClock()


@pytest.fixture(scope="module")
async def accounts_service(
    session_exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    accounts_clock: TickingClock,
    database_url: str,
) -> AsyncIterator[Service]:
    settings = {
        "database_url": database_url,
        "require_auth": True,
        "open_docs": True,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_credentials": "off",
    }
    async with running_service(session_exchanges.url, client, accounts_clock, **settings) as service:
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
