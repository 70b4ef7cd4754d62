"""`crossrate orders`: what an operator sees of a user's orders."""

import json
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest

from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from tests.integration.identity.client import Client
from tests.integration.orders.for_sale import sell
from tests.integration.wallets.asking import Json, funded, post
from tests.servers.command import Ended, environment, run_crossrate
from tests.servers.service import JWT_SECRET, running_crossrate
from tests.servers.service_client import Service

# It takes one second, but more on a busy machine.
SETTLED_SECONDS = 60


@pytest.fixture(scope="module")
async def bought(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Json]:
    """A folder with a database in which Ada has bought Bitcoin, and Grace nothing; and the order."""
    folder = tmp_path_factory.mktemp("orders")
    (folder / "data").mkdir()
    url = f"sqlite:///{folder}/data/crossrate.db"
    async with (
        running_crossrate(database_url=url, clearing_interval_seconds=0.2) as address,
        aiohttp.ClientSession() as session,
    ):
        await sell(url, ClearingAsset(Currency("BTC"), ("simulated",)))
        ada, grace = [Client(Service(address, session), name, "192.0.2.1") for name in ("ada", "grace")]
        for user in (ada, grace):
            await user.register()
        await ada.login()
        await funded(ada, "100000", "USDT", "main")
        order = await post(ada, "/orders", {"wallet": "main", "buy": "BTC", "pay_with": "USDT", "amount": "0.5"})
        assert order.status == 201, order.body
        shown = order.json
        for _ in range(SETTLED_SECONDS):
            shown = (await ada.ask("GET", f"/orders/{order.json['id']}?wait=1")).json
            if shown["status"] == "settled":
                break
    assert shown["status"] == "settled", shown
    return folder, shown


async def asked(folder: Path, *arguments: str) -> Ended:
    return await run_crossrate("orders", *arguments, folder=folder, environment=environment(jwt_secret=JWT_SECRET))


async def test_orders_of_a_user_are_listed_and_one_with_its_life(bought: tuple[Path, Json]) -> None:
    folder, order = bought
    listed = await asked(folder, "list", "Ada", "--status", "settled")
    assert (listed.status, listed.errors) == (0, "")
    (row,) = [line.split("\t") for line in listed.output.splitlines()]
    assert [row[0], *row[2:]] == [
        order[name]
        for name in ("id", "status", "buy", "amount", "filled", "pay_with", "price", "cost", "fee", "refunded")
    ]
    assert json.loads((await asked(folder, "show", "ada", order["id"], "--json")).output) == order
    shown = await asked(folder, "show", "ada", order["id"])
    about, life = shown.output.split("\n\n")
    assert "venue\tsimulated" in about.splitlines()
    statuses = [line.split("\t")[0] for line in life.splitlines()]
    assert statuses == ["queued", "batched", "placing", "settled"]


async def test_nothing_to_show_is_said(bought: tuple[Path, Json]) -> None:
    folder, order = bought
    assert await asked(folder, "list", "grace") == Ended(0, "", "There are no such orders of this user.\n")
    for name, order_id in (("ada", str(uuid4())), ("grace", order["id"])):
        assert await asked(folder, "show", name, order_id) == Ended(2, "", "Refused: there is no such order.\n")
