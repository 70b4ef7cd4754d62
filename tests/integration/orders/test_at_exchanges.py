"""Orders that are bought at a simulated exchange over HTTP, with signed requests, also where its answers get lost."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from adapters.system_clock import SystemClock
from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from entrypoints.simulator.venues.account import API_KEY, API_PASSPHRASE, API_SECRET
from tests.integration.identity.client import Client, Newcomers
from tests.integration.orders.for_sale import sell
from tests.integration.orders.test_orders import amounts, ended
from tests.integration.wallets.asking import Json, new_currency, new_wallet, post
from tests.servers.service import running_service
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges

ABAN = Currency("ABAN")

# Each leaves it open what became of the order.
LOST = {
    "a lost answer": {"kind": "reset", "executes_after_milliseconds": 0},
    "an execution after a 503": {"kind": "status", "code": 503, "executes_after_milliseconds": 200},
    "a garbled answer": {"kind": "truncated_json"},
}


@pytest.fixture(scope="module", params=["binance", "kucoin"])
def venue(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
async def live_exchanges(client: aiohttp.ClientSession) -> AsyncIterator[SimulatedExchanges]:
    async with running_simulated_exchanges(client, in_real_time=True) as running:
        yield running


@pytest.fixture(scope="module")
async def buyers(
    live_exchanges: SimulatedExchanges,
    client: aiohttp.ClientSession,
    tmp_path_factory: pytest.TempPathFactory,
    venue: str,
) -> AsyncIterator[Newcomers]:
    folder: Path = tmp_path_factory.mktemp("orders")
    database_url = f"sqlite:///{folder}/crossrate.db"
    await sell(database_url, ClearingAsset(ABAN, (venue,), threshold=Decimal(10)))
    keys = {"api_key": API_KEY, "api_secret": API_SECRET} | (
        {"api_passphrase": API_PASSPHRASE} if venue == "kucoin" else {}
    )
    settings = {f"{venue}_{name}": value for name, value in keys.items()} | {
        "brokers": (venue,),
        f"{venue}_trading_url": f"{live_exchanges.url}/{venue}",
        "database_url": database_url,
        "trusted_proxies": ("127.0.0.1/32",),
        "rate_limit_authenticate": "off",
        "rate_limit_account": "off",
        "rate_limit_wallets": "off",
        "rate_limit_orders": "off",
        "clearing_interval_seconds": 0.05,
    }
    async with running_service(live_exchanges.url, client, SystemClock(), **settings) as service:
        yield Newcomers(service)


@pytest.fixture
async def buyer(buyers: Newcomers) -> Client:
    user = await buyers.user()
    await new_currency(user, await new_wallet(user, "main"), "USDT", "1000")
    return user


async def bought(buyer: Client, amount: str) -> Json:
    asked = {"wallet": "main", "buy": "ABAN", "pay_with": "USDT", "amount": amount}
    made = await post(buyer, "/orders", asked)
    assert made.status == 201, made.body
    return await ended(buyer, made.json["id"])


async def executed(client: aiohttp.ClientSession, exchanges: SimulatedExchanges, venue: str) -> Decimal:
    async with client.get(f"{exchanges.url}/control/trading/{venue}") as response:
        orders = (await response.json())["orders"]
    return sum((Decimal(order["executed"]) for order in orders), Decimal(0))


async def test_a_purchase_is_made_at_the_exchange(
    buyer: Client, client: aiohttp.ClientSession, live_exchanges: SimulatedExchanges, venue: str
) -> None:
    await live_exchanges.reset()
    done = await bought(buyer, "3")
    assert (done["status"], done["filled"], done["exchange"]) == ("settled", "3", venue)
    assert await amounts(buyer, "ABAN") == (Decimal(3), Decimal(0))
    assert Decimal(3) <= await executed(client, live_exchanges, venue) < Decimal("3.1")


@pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())
async def test_an_order_whose_answer_gets_lost_is_bought_once(
    buyer: Client,
    client: aiohttp.ClientSession,
    live_exchanges: SimulatedExchanges,
    venue: str,
    fault: dict[str, object],
) -> None:
    await live_exchanges.reset()
    await live_exchanges.commit(venue, **({"times": 1, "method": "POST"} | fault))  # type: ignore[arg-type] # its kind
    done = await bought(buyer, "3")
    assert (done["status"], done["filled"]) == ("settled", "3")
    assert Decimal(3) <= await executed(client, live_exchanges, venue) < Decimal("3.1")


async def test_a_thin_book_leaves_the_rest_for_the_next_attempt(
    buyer: Client, client: aiohttp.ClientSession, live_exchanges: SimulatedExchanges, venue: str
) -> None:
    await live_exchanges.reset()
    await live_exchanges.commit(venue, "thin_book", percent=50, times=1, method="POST")
    done = await bought(buyer, "20")
    assert (done["status"], done["filled"]) == ("settled", "20")
    assert Decimal(20) <= await executed(client, live_exchanges, venue) < Decimal("20.1")
