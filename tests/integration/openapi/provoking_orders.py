"""What provokes each answer of purchase orders."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid4

import aiohttp

from tests.integration.openapi.provoking import LONG_HEADER, Sent, of_failing_writes, posted
from tests.integration.openapi.provoking_identity import NEVER_A_TOKEN, NOBODYS_KEY, of_a_body

ORDERS = "/api/v1/orders"
ONE = f"{ORDERS}/{{order_id}}"
LOCKS = "/api/v1/price-locks"
NOBODYS = f"{ORDERS}/{UUID(int=1)}"
AN_ORDER = "{an order of the user's}"

_LOCK = {"buy": "BTC", "pay_with": "USDT", "amount": "0.0001"}
_NEW = _LOCK | {"wallet": "orders"}


def _with_a_key(sent: Sent) -> Sent:
    return replace(sent, headers={"Idempotency-Key": uuid4().hex, **(sent.headers or {})})


def provoked_by_orders() -> dict[tuple[str, str, int], Sent]:
    """What provokes each answer."""
    found: dict[tuple[str, str, int], Sent] = {}
    for method, path, well, sent in (
        ("post", ORDERS, 201, posted(_NEW)),
        ("get", ORDERS, 200, Sent()),
        ("get", ONE, 200, Sent(path=f"{ORDERS}/{AN_ORDER}")),
        ("delete", ONE, 200, Sent(path=f"{ORDERS}/{AN_ORDER}")),
        ("post", LOCKS, 201, posted(_LOCK)),
    ):
        keyed = _with_a_key(sent) if method == "post" else sent
        signed_in, anyone = replace(keyed, caller="user"), replace(sent, path=path.replace(ONE, NOBODYS))
        if sent.body is not None:
            found |= {(method, path, status): _with_a_key(each) for status, each in of_a_body(signed_in).items()}
        if method != "get":
            found |= {(method, path, status): each for status, each in of_failing_writes(signed_in).items()}
        if "{order_id}" in path:
            found[method, path, 404] = replace(anyone, caller="user")
        found |= {
            (method, path, well): signed_in,
            (method, path, 400): replace(anyone, headers=LONG_HEADER),
            (method, path, 401): anyone,
            (method, path, 403): replace(anyone, caller="key"),
            (method, path, 405): replace(anyone, method="trace"),
            (method, path, 429): replace(anyone, headers=NEVER_A_TOKEN, service="limited", times=2),
            (method, path, 500): replace(anyone, headers=NEVER_A_TOKEN, service="faulty"),
            (method, path, 503): replace(anyone, headers={"X-API-Key": NOBODYS_KEY}, service="no database"),
        }
    return found | {
        ("post", ORDERS, 404): _with_a_key(replace(posted(_NEW | {"wallet": "no such wallet"}), caller="user")),
        ("get", ORDERS, 422): Sent(query={"status": "lost"}, caller="user"),
        ("get", ONE, 422): Sent(path=NOBODYS, query={"wait": "x"}, caller="user"),
    }


async def with_order(sent: Sent, client: aiohttp.ClientSession, headers: Mapping[str, str]) -> Sent:
    """Create the wallet that pays, and the order that the request names."""
    is_new = sent.body is not None and b'"wallet":"orders"' in sent.body
    is_in_vain = "Authorization" not in headers or headers == NEVER_A_TOKEN
    if is_in_vain or not (is_new or AN_ORDER in (sent.path or "")):
        return sent
    keyed = {**headers, "Idempotency-Key": uuid4().hex}
    async with client.post("/api/v1/wallets", json={"name": "orders"}, headers=keyed) as response:
        wallet_id = (await response.json())["id"]
    funds = {"wallet_id": wallet_id, "code": "USDT", "amount": "1000"}
    keyed = {**headers, "Idempotency-Key": uuid4().hex}
    async with client.post("/api/v1/currency", json=funds, headers=keyed) as response:
        assert response.status == 201
    if is_new:
        return sent
    keyed = {**headers, "Idempotency-Key": uuid4().hex}
    async with client.post(ORDERS, json=_NEW, headers=keyed) as response:
        made = await response.json()
        assert response.status == 201, made
    return replace(sent, path=(sent.path or "").replace(AN_ORDER, made["id"]))
