"""Which credential of a request counts, whatever proxies in front have added."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from aiohttp import web
from multidict import CIMultiDict

from application.ports.rate_limiter import Group
from domain.identity.api_key import Scope
from entrypoints.http.server.access.guard import SignedIn, WithScope
from entrypoints.http.server.app_keys import CALLER
from tests.unit.entrypoints.http.server.harness import Client, Harness

SCOPED = WithScope(Scope.QUOTES_READ, Group.QUOTES)
FOREIGN_JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzb21lYm9keSJ9.tZ3mPgM-4pWxWZ0y0iYQm7xvM9Gq4n9gJv5o2o0m1kE"


async def how_authenticated(request: web.Request) -> web.Response:
    return web.Response(text="token" if request[CALLER].key_id is None else "key")


def basic(pair: str) -> str:
    return f"Basic {b64encode(pair.encode()).decode()}"


@dataclass
class Credentials:
    key: str
    other_key: str
    token: str


@pytest.fixture
def harness() -> Harness:
    return Harness()


@pytest.fixture
async def ours(harness: Harness) -> Credentials:
    ada = await harness.user()
    key, other_key = [await harness.key(ada, Scope.QUOTES_READ) for _ in range(2)]
    return Credentials(key, other_key, await harness.token(ada))


async def answered(client: Client, headers: Iterable[tuple[str, str]], path: str = "/it") -> tuple[int, str]:
    """Return the status, and how the caller was authenticated or why it was not."""
    async with client.get(path, headers=CIMultiDict(headers)) as response:
        body = await response.text()
        return response.status, body if response.status == 200 else (await response.json())["detail"]


@pytest.mark.parametrize(
    "foreign",
    [
        [("Authorization", basic("proxy:its password"))],
        [("Authorization", "Basic %%%")],
        [("Authorization", "Basic")],
        [("Authorization", f"Bearer {FOREIGN_JWT}")],
        [("Authorization", "Bearer")],
        [("Authorization", 'Digest username="ada", realm="a proxy"')],
        [("Authorization", "Negotiate YIIJvwYGKwYBBQUC")],
        [("Authorization", "")],
        [("Authorization", basic("proxy:its password")), ("Authorization", f"Bearer {FOREIGN_JWT}")],
        [("X-API-Key", "key-of-a-gateway")],
    ],
    ids=lambda foreign: " and ".join(value[:12] for _, value in foreign),
)
async def test_a_foreign_credential_beside_a_key_is_ignored(
    harness: Harness, ours: Credentials, foreign: list[tuple[str, str]]
) -> None:
    async with harness.serving(how_authenticated, SCOPED) as client:
        for headers in ([*foreign, ("X-API-Key", ours.key)], [("X-API-Key", ours.key), *foreign]):
            assert await answered(client, headers) == (200, "key")


async def test_a_foreign_credential_beside_a_token_is_ignored(harness: Harness, ours: Credentials) -> None:
    token = ("Authorization", f"Bearer {ours.token}")
    async with harness.serving(how_authenticated, SCOPED) as client:
        for foreign in (
            ("X-API-Key", "key-of-a-gateway"),
            ("X-API-Key", ""),
            ("Authorization", basic("proxy:its password")),
            ("Authorization", f"Bearer {FOREIGN_JWT}"),
        ):
            assert await answered(client, [token, foreign]) == (200, "token")
            assert await answered(client, [foreign, token]) == (200, "token")


async def test_a_token_that_has_expired_does_not_spoil_a_key(harness: Harness, ours: Credentials) -> None:
    harness.clock.advance(30 * 24 * 3600)
    async with harness.serving(how_authenticated, SCOPED) as client:
        headers = [("Authorization", f"Bearer {ours.token}"), ("X-API-Key", ours.key)]
        assert await answered(client, headers) == (200, "key")


@pytest.mark.parametrize(
    "pair",
    ["ada:{key}", ":{key}", "pässwörd manager:{key}", "{key}:", "{key}:x-oauth-basic", "ada:{key}\n", "a:{key} "],
)
async def test_basic_takes_the_key_as_password_or_as_user_name(harness: Harness, ours: Credentials, pair: str) -> None:
    async with harness.serving(how_authenticated, SCOPED) as client:
        for scheme in ("Basic", "basic", "BASIC "):
            value = f"{scheme} {basic(pair.format(key=ours.key)).partition(' ')[2]}"
            assert await answered(client, [("Authorization", value)]) == (200, "key")


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("Basic", "The Basic credentials are malformed: they must be `name:key` in base64."),
        ("Basic %%%", "The Basic credentials are malformed: they must be `name:key` in base64."),
        ("Basic YWRh", "The Basic credentials are malformed: they must be `name:key` in base64."),
        (basic("ada:correct horse battery"), "Send an access token as Authorization: Bearer, or an API key as"),
        ("Digest x", "Send an access token as Authorization: Bearer, or an API key as"),
        (basic("ada:crk_nonsense"), "The API key is malformed."),
        (basic("crk_nonsense:"), "The API key is malformed."),
    ],
)
async def test_basic_without_a_valid_key_says_what_to_send(harness: Harness, value: str, detail: str) -> None:
    async with harness.serving(how_authenticated, SCOPED) as client:
        status, answer_detail = await answered(client, [("Authorization", value)])
        assert status == 401
        assert answer_detail.startswith(detail)


async def test_the_same_key_twice_is_accepted_and_two_different_credentials_are_not(
    harness: Harness, ours: Credentials
) -> None:
    key, as_password = ("X-API-Key", ours.key), ("Authorization", basic(f"ada:{ours.key}"))
    async with harness.serving(how_authenticated, SCOPED) as client:
        assert await answered(client, [key, key, as_password]) == (200, "key")
        for headers in (
            [key, ("X-API-Key", ours.other_key)],
            [key, ("Authorization", f"Bearer {ours.token}")],
            [("X-API-Key", ours.other_key), as_password],
        ):
            assert await answered(client, headers) == (401, "Two different credentials at once; send one of them.")


async def test_too_many_credentials_are_not_checked(harness: Harness, ours: Credentials) -> None:
    tokens = [("Authorization", f"Bearer {FOREIGN_JWT}{number}") for number in range(5)]
    async with harness.serving(how_authenticated, SCOPED) as client:
        status, answer_detail = await answered(client, [*tokens, ("X-API-Key", ours.key)])
        assert (status, answer_detail) == (401, "Too many credentials at once.")


async def test_guessed_keys_in_basic_are_counted_like_others() -> None:
    harness = Harness(rate_limit_credentials="2/day")
    async with harness.serving(how_authenticated, SCOPED) as client:
        found = [(await answered(client, [("Authorization", basic(f"a:crk_{n}"))]))[0] for n in range(3)]
    assert found == [401, 401, 429]


async def test_a_key_may_come_as_bearer(harness: Harness, ours: Credentials) -> None:
    bearer = ("Authorization", f"Bearer {ours.key}")
    async with harness.serving(how_authenticated, SCOPED) as client:
        assert await answered(client, [bearer]) == (200, "key")
        assert await answered(client, [bearer, ("X-API-Key", ours.key)]) == (200, "key")
    async with harness.serving(how_authenticated, SignedIn(Group.ACCOUNT)) as client:
        assert (await answered(client, [bearer]))[0] == 403


async def test_a_401_offers_basic_except_to_scripts_in_a_browser(harness: Harness) -> None:
    async with harness.serving(how_authenticated, SCOPED) as client:
        async with client.get("/it") as response:
            challenge = response.headers["WWW-Authenticate"]
        assert challenge == 'Bearer realm="crossrate", Basic realm="crossrate", charset="UTF-8"'
        async with client.get("/it", headers={"Sec-Fetch-Mode": "cors"}) as response:
            assert response.headers["WWW-Authenticate"] == 'Bearer realm="crossrate"'
    async with harness.serving(how_authenticated, SignedIn(Group.ACCOUNT)) as client, client.get("/it") as response:
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="crossrate"'


async def test_a_browser_may_not_change_anything_with_basic_for_another_site(
    harness: Harness, ours: Credentials
) -> None:
    headers = {"Authorization": basic(f"ada:{ours.key}"), "Sec-Fetch-Site": "cross-site"}
    async with harness.serving(how_authenticated, SCOPED, method="POST") as client:
        async with client.post("/it", headers=headers) as response:
            assert response.status == 401
            assert "another site" in (await response.json())["detail"]
        async with client.post("/it", headers=[("Sec-Fetch-Site", "same-origin"), *headers.items()]) as response:
            assert response.status == 401
        async with client.post("/it", headers=headers | {"Sec-Fetch-Site": "same-origin"}) as response:
            assert response.status == 200
        async with client.post("/it", headers=headers | {"X-API-Key": ours.key}) as response:
            assert response.status == 200


async def test_a_key_in_the_query_counts_only_where_the_setting_allows_it(harness: Harness, ours: Credentials) -> None:
    path = f"/it?api_key={ours.key}"
    async with harness.serving(how_authenticated, SCOPED) as client:
        status, answer_detail = await answered(client, [], path)
        assert status == 401
        assert answer_detail.startswith("No API key is accepted in the query of this request; send ")
        assert ours.key not in answer_detail
        assert await answered(client, [("X-API-Key", ours.other_key)], path) == (200, "key")
    harness.settings = harness.settings.model_copy(update={"api_key_in_query": True})
    async with harness.serving(how_authenticated, SCOPED) as client:
        assert await answered(client, [], path) == (200, "key")
        assert await answered(client, [("X-API-Key", ours.key)], path) == (200, "key")
        assert await answered(client, [("Authorization", basic("proxy:its password"))], path) == (200, "key")
        assert (await answered(client, [("X-API-Key", ours.other_key)], path))[0] == 401
        assert (await answered(client, [], f"{path}&api_key={ours.other_key}"))[0] == 401
        assert (await answered(client, [], "/it?api_key="))[0] == 401
        assert (await answered(client, [], "/it?api_key=crk_guess"))[1] == "The API key is malformed."


async def test_a_key_in_the_query_of_anything_but_a_get_is_rejected(harness: Harness, ours: Credentials) -> None:
    harness.settings = harness.settings.model_copy(update={"api_key_in_query": True})
    async with (
        harness.serving(how_authenticated, SCOPED, method="POST") as client,
        client.post(f"/it?api_key={ours.key}") as response,
    ):
        assert response.status == 401
