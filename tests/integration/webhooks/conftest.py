"""A service that may send to this machine, over SQLite and over Postgres, and a receiver."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.identity.client import Client, Newcomers
from tests.integration.webhooks.receiver import Receiver, running_receiver
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock


@pytest.fixture(scope="module")
def webhooks_clock() -> TickingClock:
    return TickingClock()


@pytest.fixture(scope="module")
async def webhooks_service(
    session_exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    webhooks_clock: TickingClock,
    database_url: str,
) -> AsyncIterator[Service]:
    settings = {
        "database_url": database_url,
        "webhooks_to_private_networks": True,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_wallets": "off",
    }
    async with running_service(session_exchanges.url, client, webhooks_clock, **settings) as service:
        yield service


@pytest.fixture(scope="module")
def newcomers(webhooks_service: Service) -> Newcomers:
    return Newcomers(webhooks_service)


@pytest.fixture
async def ada(newcomers: Newcomers, exchanges: SimulatedExchanges, webhooks_clock: TickingClock) -> Client:
    exchanges.clock.time = webhooks_clock.now()
    return await newcomers.user()


@pytest.fixture
async def grace(newcomers: Newcomers) -> Client:
    return await newcomers.user()


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with running_receiver() as receiver:
        yield receiver
