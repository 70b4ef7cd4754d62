"""What provokes each answer of identity, with the caller that it needs."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID, uuid4

import aiohttp
import orjson

from adapters.jwt.tokens import JwtTokens
from adapters.system_clock import SystemClock
from domain.identity.session import Session
from entrypoints.http.server import request_body
from tests.integration.openapi.provoking import LONG_HEADER, Sent, of_failing_writes, posted
from tests.integration.openapi.provoking_wallets import with_wallets
from tests.secrecy import secret, tokens
from tests.servers.service import JWT_SECRET

API = "/api/v1"
A_TRANSACTION = "{a transaction of the user's}"
A_KEY, A_SESSION = "{a key of the user's}", "{a session of the user's}"
NEVER_A_TOKEN = {"Authorization": "Bearer never-a-token"}
ADA = {"username": "ada", "password": secret("correct horse battery", "password")}
ROOT = ADA | {"username": "root"}
SESSION, FORGED = f"{API}/session", {"Sec-Fetch-Site": "cross-site"}
USER, OF_ROOT = f"{API}/users/{{username}}", f"{API}/users/root"
ADMIN = f"{API}/admin"
CORRECTIONS = f"{ADMIN}/ledger/corrections"
ALL_OF_A_USER = [(method, kind) for method in ("get", "delete") for kind in ("sessions", "api-keys")]
FEW_KEYS = 10
NOBODYS_KEY = f"crk_{'0' * 32}_{'A' * 43}"


def provoked_by_accounts() -> dict[tuple[str, str, int], Sent]:
    """What provokes each answer of the accounts: what all have in common, and then what is their own."""
    found: dict[tuple[str, str, int], Sent] = {}
    for method, path, body in (
        ("post", "/api/v1/authenticate/register", ADA),
        ("post", "/api/v1/authenticate/login", ADA),
        ("post", "/api/v1/authenticate/refresh", {"refresh_token": "never-a-token"}),
        ("post", SESSION, ADA),
    ):
        found |= {(method, path, status): sent for status, sent in of_a_body(posted(body)).items()}
        found[method, path, 429] = replace(posted(body), service="limited", times=2)
        found[method, path, 500] = replace(posted(body), service="faulty")
        found[method, path, 503] = replace(posted(body), service="no database")
        found |= {(method, path, status): sent for status, sent in of_failing_writes(posted(body)).items()}
    found["post", "/api/v1/authenticate/refresh", 503] = replace(
        posted({"refresh_token": _of_no_session()}), service="no database"
    )
    for method, path, well, sent in (
        ("post", "/api/v1/authenticate/logout", 204, Sent()),
        ("get", "/api/v1/me", 200, Sent()),
        ("delete", "/api/v1/me", 204, posted({"password": ADA["password"]})),
        ("patch", "/api/v1/me", 200, posted({"default_to": "EUR"})),
        ("get", "/api/v1/me/sessions", 200, Sent()),
        ("delete", "/api/v1/me/sessions", 200, Sent()),
        ("delete", "/api/v1/me/sessions/{id}", 404, Sent(path=f"/api/v1/me/sessions/{UUID(int=1)}")),
        ("post", "/api/v1/me/confirm", 200, posted({"password": ADA["password"]})),
        ("post", "/api/v1/me/password", 200, posted({"old": ADA["password"], "new": ADA["password"] + "!"})),
        ("post", "/api/v1/api-keys", 201, posted({"name": "x", "scopes": ["convert"]})),
        ("get", "/api/v1/api-keys", 200, Sent()),
        ("delete", "/api/v1/api-keys", 200, Sent()),
        ("delete", "/api/v1/api-keys/{id}", 404, Sent(path=f"/api/v1/api-keys/{UUID(int=1)}")),
        ("post", CORRECTIONS, 201, _correction(A_TRANSACTION)),
        *(("get", f"{ADMIN}/{kind}", 200, Sent()) for kind in ("users", "audit", "ledger")),
        *((method, f"{USER}/{kind}", 200, Sent(path=f"{OF_ROOT}/{kind}")) for method, kind in ALL_OF_A_USER),
        *(
            ("delete", f"{USER}/{kind}/{{id}}", 404, Sent(path=f"{OF_ROOT}/{kind}/{UUID(int=1)}"))
            for kind in ("sessions", "api-keys")
        ),
    ):
        signed_in = replace(sent, caller="administrator" if "{username}" in path or ADMIN in path else "user")
        if sent.body is not None:
            found |= {(method, path, status): each for status, each in of_a_body(signed_in).items()}
        if method != "get":
            found |= {(method, path, status): each for status, each in of_failing_writes(signed_in).items()}
        found |= {
            (method, path, well): signed_in,
            (method, path, 400): replace(sent, headers=LONG_HEADER),
            (method, path, 401): sent,
            (method, path, 403): replace(sent, caller="key"),
            (method, path, 405): replace(sent, method="put"),
            (method, path, 429): replace(sent, headers=NEVER_A_TOKEN, service="limited", times=2),
            (method, path, 500): replace(sent, headers=NEVER_A_TOKEN, service="faulty"),
            (method, path, 503): replace(sent, headers={"X-API-Key": NOBODYS_KEY}, service="no database"),
        }
    return (
        found
        | _provoked_by_the_page()
        | {
            ("post", CORRECTIONS, 404): replace(_correction(str(UUID(int=1))), caller="administrator"),
            **{
                ("get", f"{ADMIN}/{kind}", 422): Sent(query={"nonsense": "1"}, caller="administrator")
                for kind in ("users", "audit", "ledger")
            },
            ("post", "/api/v1/authenticate/register", 201): posted(ADA | {"username": "ada-1"}),
            ("post", "/api/v1/authenticate/register", 403): replace(posted(ADA), service="no registration"),
            ("post", "/api/v1/authenticate/register", 409): replace(posted(ADA | {"username": "ada-2"}), times=2),
            **{
                ("post", "/api/v1/authenticate/refresh", status): replace(each, caller="refresh token")
                for status, each in of_failing_writes(posted({})).items()
            },
            ("post", "/api/v1/authenticate/login", 200): replace(posted({}), caller="password"),
            ("post", "/api/v1/authenticate/login", 401): posted(ADA | {"username": "nobody"}),
            ("post", "/api/v1/authenticate/refresh", 200): replace(posted({}), caller="refresh token"),
            ("post", "/api/v1/authenticate/refresh", 401): posted({"refresh_token": "never-a-token"}),
            ("post", "/api/v1/api-keys", 409): replace(
                posted({"name": "x", "scopes": ["convert"]}), caller="user", times=FEW_KEYS + 1
            ),
            ("delete", "/api/v1/me", 422): replace(posted({"password": "not the password"}), caller="user"),
            ("delete", "/api/v1/api-keys/{id}", 204): Sent(path=f"/api/v1/api-keys/{A_KEY}", caller="user"),
            ("delete", "/api/v1/me/sessions/{id}", 204): Sent(path=f"/api/v1/me/sessions/{A_SESSION}", caller="user"),
            ("delete", f"{USER}/api-keys/{{id}}", 204): Sent(
                path=f"{OF_ROOT}/api-keys/{A_KEY}", caller="administrator"
            ),
            ("delete", f"{USER}/sessions/{{id}}", 204): Sent(
                path=f"{OF_ROOT}/sessions/{A_SESSION}", caller="administrator"
            ),
            **{
                (method, f"{USER}/{kind}", 404): Sent(path=f"{API}/users/nobody/{kind}", caller="administrator")
                for method, kind in ALL_OF_A_USER
            },
        }
    )


def _provoked_by_the_page() -> dict[tuple[str, str, int], Sent]:
    found: dict[tuple[str, str, int], Sent] = {}
    for method, path, well, sent in (
        ("get", SESSION, 200, Sent()),
        ("post", f"{SESSION}/refresh", 200, Sent(caller="cookies")),
        ("delete", SESSION, 204, Sent(caller="cookies")),
    ):
        bare = replace(sent, caller="")
        of_nobody = replace(bare, headers={"Cookie": f"crossrate-refresh={_of_no_session()}"})
        if method != "get":
            found |= {(method, path, status): each for status, each in of_failing_writes(sent).items()}
        found |= {
            (method, path, well): sent,
            (method, path, 400): replace(bare, headers=LONG_HEADER),
            (method, path, 405): replace(bare, method="put"),
            (method, path, 429): replace(bare, service="limited", times=2),
            (method, path, 500): replace(bare, service="faulty"),
            (method, path, 503): replace(of_nobody, service="no database"),
        }
    return found | {
        ("post", SESSION, 200): replace(posted({}), caller="password"),
        ("post", SESSION, 401): posted(ADA | {"username": "nobody"}),
        ("post", f"{SESSION}/refresh", 401): Sent(),
        ("get", SESSION, 503): Sent(
            headers={"Cookie": f"crossrate-access={_of_no_session(is_access=True)}"}, service="no database"
        ),
        **{
            (method, path, 403): Sent(headers=FORGED)
            for method, path in (("post", f"{SESSION}/refresh"), ("delete", SESSION))
        },
        ("post", SESSION, 403): replace(posted(ADA), headers=FORGED),
    }


def _correction(transaction_id: str) -> Sent:
    sent = posted({"transaction_id": transaction_id, "reason": "a mistake"})
    return replace(sent, headers={"Idempotency-Key": uuid4().hex})


def of_a_body(sent: Sent) -> dict[int, Sent]:
    """What provokes the answers about a body."""
    return {
        400: replace(sent, body=b"{"),
        405: replace(sent, method="put"),
        408: replace(sent, body=None, body_never_ends=True),
        413: replace(sent, body=b" " * (request_body.MAX_BODY_BYTES + 1)),
        415: replace(sent, content_type="text/plain"),
        422: replace(sent, body=b"{}"),
    }


def _of_no_session(*, is_access: bool = False) -> str:
    """A token as the services would make it."""
    clock = SystemClock()
    session = Session(id=UUID(int=1), user_id=UUID(int=2), generation=0, created_at=0, expires_at=clock.now() + 3600)
    tokens = JwtTokens(JWT_SECRET.encode(), clock)
    return tokens.write_access(session, session.expires_at) if is_access else tokens.write_refresh(session)


async def as_caller(sent: Sent, client: aiohttp.ClientSession) -> Sent:
    """Have a new user register and sign in, or the administrator sign in, and send what they would."""
    if not sent.caller:
        return sent
    credentials = ROOT if sent.caller == "administrator" else ADA | {"username": f"ada-{uuid4().hex[:12]}"}
    if credentials is not ROOT:
        await _answer(client, "authenticate/register", credentials, {})
    if sent.caller == "cookies":
        return replace(sent, headers={"Cookie": await _cookies(client, credentials)})
    tokens = await _answer(client, "authenticate/login", credentials, {})
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    match sent.caller:
        case "password":
            return replace(sent, body=orjson.dumps(credentials))
        case "refresh token":
            return replace(sent, body=orjson.dumps({"refresh_token": tokens["refresh_token"]}))
        case "key" | "key to convert":
            scopes = ["quotes:write"] if sent.caller == "key" else ["convert"]
            key = await _answer(client, "api-keys", {"name": "x", "scopes": scopes}, bearer)
            return replace(sent, headers={**(sent.headers or {}), "X-API-Key": key["key"]})
    if A_KEY in (sent.path or ""):
        key = await _answer(client, "api-keys", {"name": "x", "scopes": ["quotes:write"]}, bearer)
        sent = replace(sent, path=(sent.path or "").replace(A_KEY, key["id"]))
    sent = await _with_session(sent, client, bearer)
    sent = await with_wallets(sent, client, bearer)
    sent = await _with_transaction(sent, client, bearer)
    return replace(sent, headers={**(sent.headers or {}), **bearer})


async def _cookies(client: aiohttp.ClientSession, credentials: Mapping[str, str]) -> str:
    async with client.post(SESSION, json=credentials) as response:
        assert response.status == 200
        return "; ".join(f"{each.key}={secret(each.value, 'cookie')}" for each in response.cookies.values())


async def _with_session(sent: Sent, client: aiohttp.ClientSession, bearer: dict[str, str]) -> Sent:
    if A_SESSION not in (sent.path or ""):
        return sent
    async with client.get(f"{API}/me/sessions", headers=bearer) as response:
        (session, *_) = (await response.json())["sessions"]
    return replace(sent, path=(sent.path or "").replace(A_SESSION, session["id"]))


async def _with_transaction(sent: Sent, client: aiohttp.ClientSession, bearer: dict[str, str]) -> Sent:
    if sent.body is None or A_TRANSACTION.encode() not in sent.body:
        return sent
    wallet = await _answer(client, "wallets", {"name": uuid4().hex}, bearer)
    deposit = {"wallet_id": wallet["id"], "code": "USD", "amount": "5"}
    made = await _answer(client, "currency", deposit, bearer | {"Idempotency-Key": uuid4().hex})
    return replace(sent, body=sent.body.replace(A_TRANSACTION.encode(), made["transaction_id"].encode()))


async def _answer(
    client: aiohttp.ClientSession, path: str, body: Mapping[str, object], headers: dict[str, str]
) -> dict[str, str]:
    async with client.post(f"{API}/{path}", json=body, headers=headers) as response:
        assert response.status in {200, 201}, await response.text()
        answer: dict[str, str] = await response.json()
        tokens(answer)
        return answer
