"""One service over SQLite and one over Postgres for each module."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.identity.client import Client, Newcomers
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock


@pytest.fixture(scope="module")
def wallets_clock() -> TickingClock:
    return TickingClock()


@pytest.fixture(scope="module")
async def wallets_service(
    session_exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    wallets_clock: TickingClock,
    database_url: str,
) -> AsyncIterator[Service]:
    settings = {
        "database_url": database_url,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_wallets": "off",
    }
    async with running_service(session_exchanges.url, client, wallets_clock, **settings) as service:
        yield service


@pytest.fixture(scope="module")
def newcomers(wallets_service: Service) -> Newcomers:
    return Newcomers(wallets_service)


@pytest.fixture
async def ada(newcomers: Newcomers, exchanges: SimulatedExchanges, wallets_clock: TickingClock) -> Client:
    """Someone who is signed in. The exchanges' clock agrees with the service's."""
    exchanges.clock.time = wallets_clock.now()
    return await newcomers.user()


@pytest.fixture
async def grace(newcomers: Newcomers) -> Client:
    """Somebody else who is signed in."""
    return await newcomers.user()
