"""An account with something in it, for pictures of the views that ask readers to sign in."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from playwright.async_api import APIRequestContext, Browser, StorageState

from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from tests.integration.identity.client import PASSWORD
from tests.integration.orders.for_sale import sell
from tests.servers.administrators import create_admin
from tests.servers.migrated import migrated_sqlite
from tests.waiting import eventually

NAME = "ada"


@asynccontextmanager
async def furnished_database() -> AsyncIterator[str]:
    """Give the URL of a database with an administrator, ada, where BTC and ETH are for sale."""
    with TemporaryDirectory(prefix="crossrate-page-") as folder:
        url = migrated_sqlite(Path(folder, "crossrate.db"))
        await create_admin(url, NAME, PASSWORD)
        for code in ("BTC", "ETH"):
            await sell(url, ClearingAsset(Currency(code), ("simulated",), threshold=Decimal(10)))
        yield url


async def furnish(browser: Browser, address: str) -> StorageState:
    """Sign ada in, fill wallets, and order something; return the cookies."""
    context = await browser.new_context(base_url=f"{address}/api/v1/")

    async def is_signed_in() -> bool:
        return (await context.request.post("session", data={"username": NAME, "password": PASSWORD})).ok

    await eventually(is_signed_in)  # a busy machine takes its time to open the database
    session = await (await context.request.get("session")).json()
    session_id = session["session_id"]
    for wallet, contents in (("Savings", {"EUR": "12500", "BTC": "0.35"}), ("Trading", {"USDT": "80000", "ETH": "4"})):
        made = await _posted(context.request, "wallets", {"name": wallet}, session_id)
        for code, amount in contents.items():
            await _posted(
                context.request, "currency", {"wallet_id": made["id"], "code": code, "amount": amount}, session_id
            )
    for code, amount in (("BTC", "0.25"), ("ETH", "2")):
        order = {"wallet": "Trading", "buy": code, "pay_with": "USDT", "amount": amount}
        await _posted(context.request, "orders", order, session_id)
    await _posted(context.request, "api-keys", {"name": "nightly report", "scopes": ["wallets:read"]}, session_id)
    cookies = await context.storage_state()
    await context.close()
    return cookies


async def _posted(
    request: APIRequestContext, path: str, body: Mapping[str, str | list[str]], session_id: str
) -> dict[str, str]:
    headers = {"X-Session-Id": session_id, "Idempotency-Key": uuid4().hex}
    answer = await request.post(path, data=dict(body), headers=headers)
    assert answer.ok, await answer.text()
    made: dict[str, str] = await answer.json()
    return made
