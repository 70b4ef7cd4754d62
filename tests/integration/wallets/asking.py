"""Requests about wallets, each with a new key unless the test gives one."""

from typing import Any
from uuid import uuid4

from tests.integration.identity.client import Client
from tests.servers.service_client import Answer

Json = dict[str, Any]


async def post(client: Client, path: str, body: object, *, key: str | None = None, method: str = "POST") -> Answer:
    return await client.ask(method, path, json=body, headers={"Idempotency-Key": key or uuid4().hex})


async def new_wallet(client: Client, name: str = "Savings") -> str:
    answer = await post(client, "/wallets", {"name": name})
    assert answer.status == 201, answer.body
    wallet_id: str = answer.json["id"]
    return wallet_id


async def new_currency(client: Client, wallet_id: str, code: str = "USD", amount: str = "0") -> str:
    answer = await post(client, "/currency", {"wallet_id": wallet_id, "code": code, "amount": amount})
    assert answer.status == 201, answer.body
    currency_id: str = answer.json["id"]
    return currency_id


async def funded(client: Client, amount: str, code: str = "USD", name: str = "Savings") -> str:
    """Return the id of a currency with so much in it, in a wallet of its own."""
    return await new_currency(client, await new_wallet(client, name), code, amount)


async def move(client: Client, currency_id: str, amount: object, *, key: str | None = None) -> Answer:
    return await post(client, f"/currency/add_or_withdraw_funds/{currency_id}", {"amount": amount}, key=key)


async def transfer(client: Client, source: str, destination: str, amount: str) -> Answer:
    body = {"from_currency_id": source, "to_currency_id": destination, "amount": amount}
    return await post(client, "/transfers", body)


async def holding(client: Client, currency_id: str) -> Json:
    wallets = (await client.ask("GET", "/wallets")).json["wallets"]
    (found,) = [each for wallet in wallets for each in wallet["currencies"] if each["id"] == currency_id]
    kept: Json = found
    return kept
