"""One service over SQLite and one over Postgres for each module, without a worker."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.sql.database import SqlDatabase
from application.quotes.quota_plan import CallCount
from tests.integration.identity.client import Client, Newcomers
from tests.servers.service import running_service
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import FakeClock

ALPHAVANTAGE_KEY = "k3y-of-the-tests"
PAIRS = ("BTC/USD", "BTC/USDT", "ETH/USDT")


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[SqlDatabase]:
    database = SqlDatabase(database_url, upgrades_itself=False)
    yield database
    await database.close()


@pytest.fixture(scope="module")
def quotes_clock() -> FakeClock:
    """A clock that stands still, and that tests only move forward."""
    return FakeClock()


@pytest.fixture(scope="module")
async def quotes_service(
    session_exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    quotes_clock: FakeClock,
    database_url: str,
    redis_server: str,
) -> AsyncIterator[Service]:
    settings = {
        "database_url": database_url,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_record": "off",
        "quote_pairs": PAIRS,
        "reference_rates": "ecb",  # which nobody fetches here, so that only what a test stores is known
        "redis_url": redis_server,  # work in the background is left to workers, of which there are none
        "alphavantage_url": f"{session_exchanges.url}/alphavantage",
        "alphavantage_api_key": ALPHAVANTAGE_KEY,
        "alphavantage_daily_calls": 10_000,
    }
    async with running_service(session_exchanges.url, client, quotes_clock, **settings) as service:
        yield service


@pytest.fixture(scope="module")
def newcomers(quotes_service: Service) -> Newcomers:
    return Newcomers(quotes_service)


@pytest.fixture
async def ada(
    newcomers: Newcomers,
    database: SqlDatabase,
    quotes_clock: FakeClock,
    exchanges: SimulatedExchanges,
    redis_url: str,  # noqa: ARG001 -- emptied
) -> Client:
    """A signed-in user. No exchange has been called or is paused, Redis is empty, and all clocks agree."""
    exchanges.clock.time = quotes_clock.time
    async with database.writing() as work:
        await work.call_counts.lock("alphavantage")
        await work.call_counts.save("alphavantage", CallCount())
    return await newcomers.user()
