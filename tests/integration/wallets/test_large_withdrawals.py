"""A large withdrawal takes the password; on SQLite and on Postgres."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.integration.wallets.asking import funded, move
from tests.servers.service import running_service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock

LATER = 301


@pytest.fixture(scope="module")
async def careful(
    session_exchanges: SimulatedExchanges, client: aiohttp.ClientSession, wallets_clock: TickingClock, database_url: str
) -> AsyncIterator[Newcomers]:
    """The newcomers of a service that bounds withdrawals."""
    settings = {
        "database_url": database_url,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "large_withdrawals": ("USD:10",),
    }
    async with running_service(session_exchanges.url, client, wallets_clock, **settings) as service:
        yield Newcomers(service)


async def test_the_request_is_repeated_with_its_key_once_the_password_was_given(
    careful: Newcomers, wallets_clock: TickingClock
) -> None:
    ada = await careful.user()
    dollars = await funded(ada, "100")
    wallets_clock.advance(LATER)
    assert (await move(ada, dollars, "-10")).status == 200
    refused = await move(ada, dollars, "-10.01", key="large")
    assert is_problem(refused, 403)
    assert refused.json["type"] == "/problems/password-needed"
    assert (await ada.ask("POST", "/me/confirm", json={"password": PASSWORD})).status == 200
    taken = await move(ada, dollars, "-10.01", key="large")
    assert (taken.status, taken.json["amount"]) == (200, "79.99")
    wallets_clock.advance(LATER)
    again = await move(ada, dollars, "-10.01", key="large")
    assert (again.status, again.headers["Idempotency-Replayed"]) == (200, "true")


async def test_a_key_withdraws_little_and_deposits_much(careful: Newcomers) -> None:
    ada = await careful.user()
    key: Client = await ada.new_key("wallets:read", "wallets:write")
    dollars = await funded(key, "100")
    assert (await move(key, dollars, "1000")).status == 200
    assert (await move(key, dollars, "-10")).status == 200
    assert is_problem(await move(key, dollars, "-11"), 403)
