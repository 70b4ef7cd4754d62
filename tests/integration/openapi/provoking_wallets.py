"""What provokes each answer of the wallets. Placeholders stand for what the caller gets before the request is sent."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid4

import aiohttp

from entrypoints.http.server import request_body
from tests.integration.openapi.provoking import LONG_HEADER, Sent, of_failing_writes, posted

API = "/api/v1"
A_WALLET = "{a wallet of the user's}"
A_NAME = "{its name}"
A_CURRENCY = "{a currency in it}"
ANOTHER = "{the same currency in another wallet}"
NOBODYS = str(UUID(int=1))
NEVER_A_TOKEN = {"Authorization": "Bearer never-a-token"}
NOBODYS_KEY = f"crk_{'0' * 32}_{'A' * 43}"

Found = dict[tuple[str, str, int], Sent]

_MONEY = {"amount": "1"}
_CURRENCY = {"wallet_id": A_WALLET, "code": "EUR"}
_TRANSFER = {"from_currency_id": A_CURRENCY, "to_currency_id": ANOTHER, "amount": "1"}


def provoked_by_wallets() -> Found:
    """What provokes each answer."""
    found: Found = {}
    for method, path, well, sent in (
        ("post", "/wallets", 201, posted({"name": "Savings"})),
        ("put", "/wallet/{wallet_id}", 200, replace(posted({"name": "x"}), path=f"{API}/wallet/{A_WALLET}")),
        ("delete", "/wallet/{wallet_id}", 204, Sent(path=f"{API}/wallet/{A_WALLET}")),
        ("post", "/currency", 201, posted(_CURRENCY)),
        ("post", "/currency/add_or_withdraw_funds/{currency_id}", 200, _funds(A_CURRENCY)),
        ("patch", "/currency/add_or_withdraw_funds/{currency_id}", 200, _funds(A_CURRENCY)),
        ("post", "/transfers", 200, posted(_TRANSFER)),
    ):
        found |= {(method, API + path, status): each for status, each in _of_a_write(sent, well).items()}
    for path, names in (
        ("/wallets", ""),
        ("/wallets/{name}", A_NAME),
        ("/wallets/{name}/entries", A_NAME),
        ("/entries", ""),
        ("/wallets/{name}/currencies_converted", A_NAME),
        ("/currencies_converted", ""),
    ):
        sent = Sent(path=API + path.replace("{name}", names), caller="user")
        found |= {("get", API + path, status): each for status, each in _of_a_read(sent, path).items()}
    return found | {
        ("put", f"{API}/wallet/{{wallet_id}}", 404): replace(
            posted({"name": "x"}), path=f"{API}/wallet/{NOBODYS}", caller="user"
        ),
        ("delete", f"{API}/wallet/{{wallet_id}}", 404): Sent(path=f"{API}/wallet/{NOBODYS}", caller="user"),
        ("post", f"{API}/currency", 404): replace(posted(_CURRENCY | {"wallet_id": NOBODYS}), caller="user"),
        **{
            (method, f"{API}/currency/add_or_withdraw_funds/{{currency_id}}", 404): _with_a_key(
                replace(_funds(NOBODYS), caller="user")
            )
            for method in ("post", "patch")
        },
        ("post", f"{API}/transfers", 404): _with_a_key(
            replace(posted(_TRANSFER | {"from_currency_id": NOBODYS, "to_currency_id": NOBODYS}), caller="user")
        ),
    }


def _of_a_write(sent: Sent, well: int) -> dict[int, Sent]:
    by_user = replace(_with_a_key(sent), caller="user")
    sent = replace(by_user, caller="", path=_of_nobody(sent.path))
    found = {
        well: by_user,
        400: replace(sent, headers=LONG_HEADER),
        401: sent,
        403: replace(sent, caller="key"),
        405: replace(sent, method="trace"),
        422: replace(by_user, headers={"Idempotency-Key": "x" * 256}),
        429: replace(sent, headers=NEVER_A_TOKEN, service="limited", times=2),
        500: replace(sent, headers=NEVER_A_TOKEN, service="faulty"),
        503: replace(sent, headers={"X-API-Key": NOBODYS_KEY}, service="no database"),
        **of_failing_writes(by_user),
    }
    if sent.body is not None:
        found |= {
            408: replace(by_user, body=None, body_never_ends=True),
            413: replace(by_user, body=b" " * (request_body.MAX_BODY_BYTES + 1)),
            415: replace(by_user, content_type="text/plain"),
        }
    return found


def _of_a_read(by_user: Sent, path: str) -> dict[int, Sent]:
    sent = replace(by_user, caller="", path=_of_nobody(by_user.path))
    found = {
        200: by_user,
        400: replace(sent, headers=LONG_HEADER),
        401: sent,
        403: replace(sent, caller="key"),
        405: replace(sent, method="trace"),
        429: replace(sent, headers=NEVER_A_TOKEN, service="limited", times=2),
        500: replace(sent, headers=NEVER_A_TOKEN, service="faulty"),
        503: replace(sent, headers={"X-API-Key": NOBODYS_KEY}, service="no database"),
    }
    if "{name}" in path:
        found[404] = replace(by_user, path=API + path.replace("{name}", "none"))
    if path.endswith(("entries", "converted")):
        found[422] = replace(by_user, query={"nonsense": "1"})
    if not path.endswith("converted"):
        found[304] = replace(by_user, headers={"If-None-Match": "*"})
    return found


def _of_nobody(path: str | None) -> str | None:
    """Fill in the placeholders of a path for a caller who has nothing."""
    for placeholder in (A_WALLET, A_NAME, A_CURRENCY):
        path = path and path.replace(placeholder, NOBODYS)
    return path


def _funds(currency: str) -> Sent:
    return replace(posted(_MONEY), path=f"{API}/currency/add_or_withdraw_funds/{currency}")


def _with_a_key(sent: Sent) -> Sent:
    return replace(sent, headers={"Idempotency-Key": uuid4().hex})


async def with_wallets(sent: Sent, client: aiohttp.ClientSession, bearer: Mapping[str, str]) -> Sent:
    """Fill in the placeholders: give the caller two wallets, each with a currency."""
    path, body = sent.path or "", (sent.body or b"").decode(errors="replace")
    if not any(each in path + body for each in (A_WALLET, A_NAME, A_CURRENCY)):
        return sent
    wallet, other = [await _made(client, "wallets", {"name": name}, bearer) for name in ("mine", "other")]
    names = {A_WALLET: wallet, A_NAME: "mine"}
    if A_CURRENCY in path + body:
        for placeholder, each in ((A_CURRENCY, wallet), (ANOTHER, other)):
            currency = {"wallet_id": each, "code": "USD", "amount": "5"}
            names[placeholder] = await _made(client, "currency", currency, bearer)
    for placeholder, name in names.items():
        path, body = path.replace(placeholder, name), body.replace(placeholder, name)
    return replace(sent, path=path or None, body=sent.body and body.encode())


async def _made(client: aiohttp.ClientSession, path: str, body: Mapping[str, object], bearer: Mapping[str, str]) -> str:
    headers = {**bearer, "Idempotency-Key": uuid4().hex}
    async with client.post(f"{API}/{path}", json=body, headers=headers) as response:
        assert response.status == 201, await response.text()
        made: str = (await response.json())["id"]
        return made
