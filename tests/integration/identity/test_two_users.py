"""Two users at every route that needs one: neither sees, uses or changes anything of the other's."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from orjson import dumps, loads

from domain.identity.api_key import Scope
from entrypoints.http.rates import stream_routes
from tests.integration.identity.browser import Browser
from tests.integration.identity.client import PASSWORD, Client, Newcomers
from tests.integration.problems import is_problem
from tests.servers.service_client import Answer, Service

CONVERSION = {"currency_from": "BTC", "currency_to": "USDT", "amount": "1", "cache_max_seconds": "100000000"}
PAIR = {"pair": "BTC/USDT"}
ALL_SCOPES = [scope.value for scope in Scope]
ADAS_KEY = "the key that ada made"
ADAS_WALLET = "the-wallet-that-ada-made"

Route = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that names the other user's object where the route can name one, and the status of its answer."""

    status: int
    query: Mapping[str, str] = field(default_factory=dict)
    json: Mapping[str, object] | None = None
    with_a_key: bool = True


# The first test below fails if a route is missing here: add it with the answer that another user gets.
ROUTES: dict[Route, Asked] = {
    ("post", "/api/v1/convert"): Asked(200, json=CONVERSION | {"cache_max_seconds": 100_000_000}),
    ("get", "/api/v1/convert"): Asked(200, CONVERSION),
    ("post", "/api/v1/convert/batch"): Asked(
        200, json={"conversions": [CONVERSION | {"cache_max_seconds": 100_000_000}]}
    ),
    ("get", "/api/v1/exchanges"): Asked(200),
    ("get", "/api/v1/currencies"): Asked(200),
    ("get", "/api/v1/pairs"): Asked(200),
    ("get", "/api/v1/stream"): Asked(200, {"pairs": "BTC/USDT"}),
    ("get", "/api/v1/rates"): Asked(422),
    ("get", "/api/v1/rates.csv"): Asked(422),
    ("get", "/api/v1/pricedb"): Asked(422),
    ("get", "/v1/latest"): Asked(404),
    ("get", "/v1/currencies"): Asked(200),
    ("get", "/v1/{date}"): Asked(404),
    ("get", "/v1/{start}..{end}"): Asked(404),
    ("get", "/v1/{start}.."): Asked(404),
    ("get", "/api/v3/simple/price"): Asked(422),
    ("get", "/api/v3/simple/supported_vs_currencies"): Asked(200),
    ("get", "/btcpay/rates"): Asked(404, {"base": "NOSUCHCOIN"}),
    ("post", "/api/v1/wallets"): Asked(201, json={"name": "{new}"}),
    ("get", "/api/v1/wallets"): Asked(200),
    ("get", "/api/v1/wallets/{name}"): Asked(404),
    ("put", "/api/v1/wallet/{wallet_id}"): Asked(404, json={"name": "mine"}),
    ("delete", "/api/v1/wallet/{wallet_id}"): Asked(404),
    ("post", "/api/v1/currency"): Asked(404, json={"wallet_id": "{wallet_id}", "code": "EUR", "amount": 1}),
    ("post", "/api/v1/currency/add_or_withdraw_funds/{currency_id}"): Asked(404, json={"amount": -1}),
    ("patch", "/api/v1/currency/add_or_withdraw_funds/{currency_id}"): Asked(404, json={"amount": 1}),
    ("post", "/api/v1/transfers"): Asked(
        404, json={"from_currency_id": "{currency_id}", "to_currency_id": "{currency_id}", "amount": 1}
    ),
    ("get", "/api/v1/wallets/{name}/currencies_converted"): Asked(404),
    ("get", "/api/v1/currencies_converted"): Asked(200),
    ("get", "/api/v1/wallets/{name}/entries"): Asked(404),
    ("get", "/api/v1/entries"): Asked(200),
    # Nothing is for sale here: tests/integration/orders shows that an order of another user is not found.
    ("post", "/api/v1/orders"): Asked(
        422, json={"wallet": ADAS_WALLET, "buy": "BTC", "pay_with": "EUR", "amount": "1"}
    ),
    ("get", "/api/v1/orders"): Asked(200),
    ("get", "/api/v1/orders/{order_id}"): Asked(404),
    ("delete", "/api/v1/orders/{order_id}"): Asked(404),
    ("post", "/api/v1/price-locks"): Asked(422, json={"buy": "BTC", "pay_with": "EUR", "amount": "1"}),
    ("post", "/api/v1/authenticate/logout"): Asked(204, with_a_key=False),
    ("get", "/api/v1/me"): Asked(200, with_a_key=False),
    ("patch", "/api/v1/me"): Asked(200, json={"default_to": "EUR"}, with_a_key=False),
    ("delete", "/api/v1/me"): Asked(204, with_a_key=False),
    ("get", "/api/v1/me/sessions"): Asked(200, with_a_key=False),
    ("delete", "/api/v1/me/sessions"): Asked(200, with_a_key=False),
    ("delete", "/api/v1/me/sessions/{id}"): Asked(404, with_a_key=False),
    ("post", "/api/v1/me/confirm"): Asked(200, json={"password": PASSWORD}, with_a_key=False),
    ("post", "/api/v1/me/password"): Asked(200, json={"old": PASSWORD, "new": f"{PASSWORD}!"}, with_a_key=False),
    ("post", "/api/v1/api-keys"): Asked(201, json={"name": "x", "scopes": ALL_SCOPES}, with_a_key=False),
    ("get", "/api/v1/api-keys"): Asked(200, with_a_key=False),
    ("delete", "/api/v1/api-keys"): Asked(200, with_a_key=False),
    ("delete", "/api/v1/api-keys/{id}"): Asked(404, with_a_key=False),
    ("get", "/api/v1/users/{username}/sessions"): Asked(403, with_a_key=False),
    ("delete", "/api/v1/users/{username}/sessions"): Asked(403, with_a_key=False),
    ("delete", "/api/v1/users/{username}/sessions/{id}"): Asked(403, with_a_key=False),
    ("get", "/api/v1/users/{username}/api-keys"): Asked(403, with_a_key=False),
    ("delete", "/api/v1/users/{username}/api-keys"): Asked(403, with_a_key=False),
    ("delete", "/api/v1/users/{username}/api-keys/{id}"): Asked(403, with_a_key=False),
    ("get", "/api/v1/admin/users"): Asked(403, with_a_key=False),
    ("get", "/api/v1/admin/audit"): Asked(403, with_a_key=False),
    ("get", "/api/v1/admin/ledger"): Asked(403, with_a_key=False),
    ("post", "/api/v1/webhooks"): Asked(
        201, json={"url": "https://example.com", "events": ["order.settled"]}, with_a_key=False
    ),
    ("get", "/api/v1/webhooks"): Asked(200, with_a_key=False),
    ("get", "/api/v1/webhooks/{id}"): Asked(404, with_a_key=False),
    ("delete", "/api/v1/webhooks/{id}"): Asked(404, with_a_key=False),
    ("post", "/api/v1/webhooks/{id}/enable"): Asked(404, with_a_key=False),
    ("get", "/api/v1/webhooks/{id}/deliveries"): Asked(404, with_a_key=False),
    ("get", "/api/v1/admin/assets"): Asked(403, with_a_key=False),
    ("post", "/api/v1/admin/assets"): Asked(403, json={"code": "BTC", "venues": ["simulated"]}, with_a_key=False),
    ("post", "/api/v1/admin/clearing/halt"): Asked(403, json={"reason": "x"}, with_a_key=False),
    ("post", "/api/v1/admin/clearing/resume"): Asked(403, json={}, with_a_key=False),
    ("get", "/api/v1/admin/batches"): Asked(403, with_a_key=False),
    ("post", "/api/v1/admin/batches/{id}/resolve"): Asked(403, json={"fills": [], "reason": "x"}, with_a_key=False),
    ("post", "/api/v1/admin/orders/{id}/refund"): Asked(403, json={"reason": "x"}, with_a_key=False),
    ("post", "/api/v1/admin/ledger/corrections"): Asked(
        403, json={"transaction_id": "{currency_id}", "reason": "x"}, with_a_key=False
    ),
    ("get", "/api/v1/admin/reconciliation"): Asked(403, with_a_key=False),
    ("get", "/api/v1/quotes"): Asked(200),
    ("get", "/api/v1/quotes/latest"): Asked(200, PAIR),
    ("get", "/api/v1/quotes/candles"): Asked(200, PAIR | {"interval": "1h"}),
    ("post", "/api/v1/quotes"): Asked(201, json=PAIR),
}


# The bank's rates are off here, and nobody needs to be known for that.
WITHOUT_RATES = {("get", f"/v1/{path}") for path in ("{date}", "{start}..", "{start}..{end}")}


@dataclass
class Owner:
    """A user who owns one of everything, and how all of it looked when it was created."""

    client: Client
    key: Client
    me: Answer
    keys: Answer
    sessions: Answer
    wallets: Answer
    webhooks: Answer

    @property
    def webhook_id(self) -> str:
        return str(self.webhooks.json["webhooks"][0]["id"])

    @property
    def key_id(self) -> str:
        return str(self.keys.json["api_keys"][0]["id"])

    @property
    def session_id(self) -> str:
        return str(self.sessions.json["sessions"][0]["id"])

    def named_in(self, template: str) -> str:
        """Return the path or body with this user's own objects; `{new}` is a name that nobody has yet."""
        (wallet,) = self.wallets.json["wallets"]
        names = {
            "{id}": self._id_for(template),
            "{username}": self.client.name,
            "{name}": wallet["name"],
            "{wallet_id}": wallet["id"],
            "{currency_id}": wallet["currencies"][0]["id"],
            "{order_id}": str(uuid4()),
            "{new}": uuid4().hex,
        }
        for placeholder, name in names.items():
            template = template.replace(placeholder, name)
        return template

    def _id_for(self, template: str) -> str:
        if "/webhooks/" in template:
            return self.webhook_id
        return self.session_id if "/sessions/" in template else self.key_id

    def marks(self) -> list[str]:
        """Return the texts that nobody else may see."""
        secrets = (self.client.access, self.client.refresh, self.key.key)
        ids = (self.me.json["id"], self.key_id, self.session_id, self.webhook_id, *_ids_in(self.wallets))
        return [self.client.name, ADAS_KEY, ADAS_WALLET, *ids, *secrets]

    async def has_lost_nothing(self) -> bool:
        assert (await self.client.ask("GET", "/me")).json == self.me.json
        assert (await self.client.ask("GET", "/api-keys")).json == self.keys.json
        assert (await self.client.ask("GET", "/me/sessions")).json == self.sessions.json
        assert (await self.client.ask("GET", "/wallets")).json == self.wallets.json
        assert (await self.client.ask("GET", "/webhooks")).json == self.webhooks.json
        assert (await self.key.convert()).status == 200
        return (await self.client.refreshed()).status == 200


@pytest.fixture(autouse=True)
def _short_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """End streams soon, so that each is a whole answer."""
    monkeypatch.setattr(stream_routes, "LONGEST_SECONDS", (0.1, 0.1))
    monkeypatch.setattr(stream_routes, "HEARTBEAT_SECONDS", 0.1)


@pytest.fixture(scope="module")
async def rich(newcomers: Newcomers) -> tuple[Client, Client]:
    """A user who owns one of everything, with a token and with a key: no test takes anything away."""
    ada = await newcomers.user()
    made = await ada.ask("POST", "/api-keys", json={"name": ADAS_KEY, "scopes": ALL_SCOPES})
    key = replace(ada, access="", refresh="", key=made.json["key"])
    assert (await key.ask("POST", "/quotes", json=PAIR)).status == 201
    wallet = await ada.ask("POST", "/wallets", json={"name": ADAS_WALLET})
    currency = {"wallet_id": wallet.json["id"], "code": "EUR", "amount": "5"}
    added = await ada.ask("POST", "/currency", json=currency, headers={"Idempotency-Key": "ada"})
    assert added.status == 201
    webhook = await ada.ask("POST", "/webhooks", json={"url": "https://example.com", "events": ["wallet.deposit"]})
    assert webhook.status == 201
    return ada, key


@pytest.fixture
async def owner(rich: tuple[Client, Client]) -> Owner:
    ada, key = rich
    kinds = ("/me", "/api-keys", "/me/sessions", "/wallets", "/webhooks")
    shown = [await ada.ask("GET", path) for path in kinds]
    return Owner(ada, key, *shown)


def _ids_in(wallets: Answer) -> list[str]:
    return [each["id"] for wallet in wallets.json["wallets"] for each in (wallet, *wallet["currencies"])]


async def closed_routes(service: Service) -> dict[Route, list[dict[str, Any]]]:
    """Return each documented route that takes credentials of users, with its security schemes."""
    document = (await service.ask("GET", "/openapi.json")).json
    return {
        (method, path): ways
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if (ways := [way for way in operation.get("security", ()) if way and way != {"metricsToken": []}])
    }


async def test_every_route_that_needs_a_caller_is_tested_here(accounts_service: Service) -> None:
    ways = await closed_routes(accounts_service)
    assert set(ROUTES) == set(ways)
    assert {route for route, asked in ROUTES.items() if asked.with_a_key} == {
        route for route, taken in ways.items() if {"apiKey": []} in taken
    }


# Looking whether something was lost takes as long as some routes together.
AT_ONCE = 12
GROUPS = [tuple(ROUTES)[first : first + AT_ONCE] for first in range(0, len(ROUTES), AT_ONCE)]


@pytest.mark.parametrize("routes", GROUPS, ids=lambda routes: " ".join(routes[0]))
async def test_a_user_cannot_see_use_or_change_anything_of_another(
    owner: Owner, newcomers: Newcomers, routes: tuple[Route, ...]
) -> None:
    grace = await newcomers.user()
    for route in routes:
        await assert_nothing_is_seen(owner, grace, route)
        if route[0] != "get" and (await grace.ask("GET", "/me")).status == 401:  # it has ended her session
            grace = await newcomers.user()
    assert await owner.has_lost_nothing()


async def assert_nothing_is_seen(owner: Owner, grace: Client, route: Route) -> None:
    askers = [await grace.new_key(*ALL_SCOPES), grace] if ROUTES[route].with_a_key else [grace]
    for asker in askers:
        answer = await ask(asker, route, owner)
        assert answer.status == ROUTES[route].status, (route, answer.body)


async def ask(
    asker: Client | Browser, route: Route, owner: Owner, headers: Mapping[str, str | None] | None = None
) -> Answer:
    """Ask for what is the owner's; nothing of theirs may be in the answer."""
    (method, path), asked = route, ROUTES[route]
    query = f"?{urlencode(asked.query)}" if asked.query else ""
    json = owner.named_in(dumps(asked.json).decode())
    sent = {"Idempotency-Key": uuid4().hex, **(headers or {})}
    answer = await asker.ask(method.upper(), owner.named_in(path) + query, json=loads(json), headers=sent)
    seen = f"{answer.body.decode()} {dict(answer.headers)}"
    # A problem repeats the requested path, and so what the caller wrote into it.
    assert [mark for mark in owner.marks() if mark in seen and mark not in owner.named_in(path) + json] == [], route
    return answer


async def test_a_session_cookie_counts_at_every_route_for_our_own_page_in_its_own_session_alone(
    owner: Owner, newcomers: Newcomers
) -> None:
    page, found, wanted = await page_of(newcomers), {}, {}
    for route, asked in ROUTES.items():
        if not await page.is_signed_in():  # the route before has ended the session, as it should
            page = await page_of(newcomers)
        may_be_unnamed = route[0] == "get"
        refused: dict[str, dict[str, str | None]] = {
            "from another site": {"Sec-Fetch-Site": "cross-site"},
            "in the session of another user": {"X-Session-Id": owner.session_id},
            **({} if may_be_unnamed else {"without its session": {"X-Session-Id": None}}),
        }
        for how, headers in refused.items():
            answer = await ask(page, route, owner, headers)
            found[route, how], wanted[route, how] = answer.status, 404 if route in WITHOUT_RATES else 401
        found[route, ""], wanted[route, ""] = (await ask(page, route, owner)).status, asked.status
    assert found == wanted
    assert await owner.has_lost_nothing()


async def page_of(newcomers: Newcomers) -> Browser:
    """Return a browser in which somebody new is signed in."""
    user = await newcomers.user()
    page = Browser(replace(user, access="", refresh=""))
    assert (await page.sign_in()).status == 200
    return page


async def test_each_user_sees_their_own(owner: Owner, grace: Client) -> None:
    assert (await grace.ask("GET", "/me")).json["username"] == grace.name
    assert (await grace.ask("GET", "/api-keys")).json == {"api_keys": []}
    await grace.new_key("convert")
    assert [key["name"] for key in (await grace.ask("GET", "/api-keys")).json["api_keys"]] == ["a key"]
    assert is_problem(await grace.ask("DELETE", f"/api-keys/{owner.key_id}"), 404)
    assert [each["address"] for each in (await grace.ask("GET", "/me/sessions")).json["sessions"]] == [grace.address]
    assert is_problem(await grace.ask("DELETE", f"/me/sessions/{owner.session_id}"), 404)
    assert await owner.has_lost_nothing()


async def test_ending_ones_sessions_leaves_those_of_others(owner: Owner, grace: Client) -> None:
    key = await grace.new_key("convert")
    assert (await grace.ask("DELETE", "/me")).status == 204
    assert is_problem(await key.convert(), 401)
    assert is_problem(await grace.refreshed(), 401)
    assert await owner.has_lost_nothing()
