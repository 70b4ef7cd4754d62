"""A service that sells BTC over the simulated broker: one over SQLite and one over Postgres for each module."""

from collections.abc import AsyncIterator
from decimal import Decimal

import aiohttp
import pytest

from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from tests.integration.identity.client import Client, Newcomers
from tests.integration.orders.for_sale import sell
from tests.integration.wallets.asking import new_currency, new_wallet
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

BTC = ClearingAsset(Currency("BTC"), ("simulated",), threshold=Decimal(100))
FUNDS = "1000000"


@pytest.fixture(scope="module")
def orders_clock() -> TickingClock:
    return TickingClock()


@pytest.fixture(scope="module")
async def orders_service(
    session_exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    orders_clock: TickingClock,
    database_url: str,
) -> AsyncIterator[Service]:
    settings = {
        "database_url": database_url,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_wallets": "off",
        "rate_limit_orders": "off",
        "clearing_interval_seconds": 0.05,
        "divergence_threshold_percent": 5,
    }
    session_exchanges.clock.time = orders_clock.now()
    async with running_service(session_exchanges.url, client, orders_clock, **settings) as service:
        await sell(database_url, BTC)
        yield service


@pytest.fixture(scope="module")
def newcomers(orders_service: Service) -> Newcomers:
    return Newcomers(orders_service)


async def _buyer(newcomers: Newcomers) -> Client:
    user = await newcomers.user()
    await new_currency(user, await new_wallet(user, "main"), "USDT", FUNDS)
    return user


@pytest.fixture
async def ada(newcomers: Newcomers, exchanges: SimulatedExchanges, orders_clock: TickingClock) -> Client:
    """Someone with money. The exchanges' clock agrees with the service's."""
    exchanges.clock.time = orders_clock.now()
    return await _buyer(newcomers)


@pytest.fixture
async def grace(newcomers: Newcomers) -> Client:
    """Somebody else with money."""
    return await _buyer(newcomers)
