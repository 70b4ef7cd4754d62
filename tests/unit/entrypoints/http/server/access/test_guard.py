"""Who may call an endpoint, and how often."""

import pytest
from aiohttp import web

from application.ports.rate_limiter import Group
from domain.identity.api_key import Scope
from domain.identity.user import Role
from entrypoints.http.server.access.guard import (
    PUBLIC,
    Access,
    AsAdmin,
    AsConfigured,
    LimitedByAddress,
    SignedIn,
    WithScope,
)
from entrypoints.http.server.app_keys import CALLER
from tests.unit.entrypoints.http.server.harness import Harness, bearer, limit_headers, statuses

SCOPED = WithScope(Scope.QUOTES_READ, Group.QUOTES)
SIGNED_IN = SignedIn(Group.ACCOUNT)
CONFIGURED = AsConfigured(Scope.CONVERT, Group.CONVERT)
LIMITED = ("RateLimit", "RateLimit-Policy")


async def anyone(_: web.Request) -> web.Response:
    return web.Response()


async def name_of_caller(request: web.Request) -> web.Response:
    return web.Response(text=str(request[CALLER].user.name))


@pytest.fixture
def harness() -> Harness:
    return Harness()


async def test_a_public_endpoint_lets_everyone_through_uncounted(harness: Harness) -> None:
    assert PUBLIC.guard(anyone, harness.settings) is anyone
    async with harness.serving(anyone) as client, client.get("/it", headers=bearer("nonsense")) as response:
        assert response.status == 200
        assert not limit_headers(response.headers)


async def test_an_address_is_limited_and_each_answer_says_what_is_left() -> None:
    harness = Harness(rate_limit_authenticate="2/day")
    async with harness.serving(anyone, LimitedByAddress(Group.AUTHENTICATE)) as client:
        async with client.get("/it") as response:
            assert response.status == 200
            assert response.headers["RateLimit-Policy"] == '"authenticate";q=2;w=86400'
            assert response.headers["RateLimit"].startswith('"authenticate";r=1;t=')
        assert await statuses(client, 2) == [200, 429]
        async with client.get("/it") as refused:
            assert limit_headers(refused.headers) == set(LIMITED)
            assert int(refused.headers["Retry-After"]) >= 1


async def test_without_a_limit_no_answer_speaks_of_one() -> None:
    harness = Harness(rate_limit_authenticate="off")
    access = LimitedByAddress(Group.AUTHENTICATE)
    async with harness.serving(anyone, access) as client, client.get("/it") as response:
        assert (response.status, limit_headers(response.headers)) == (200, set())


@pytest.mark.parametrize("access", [SCOPED, SIGNED_IN], ids=["scope", "signed in"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Basic x"}, {"Authorization": "Bearer x"}, {"X-API-Key": "crk_x"}, {"X-API-Key": ""}],
    ids=["nothing", "wrong scheme", "no token", "no key", "empty key"],
)
async def test_missing_or_wrong_credentials_are_unauthenticated(
    harness: Harness, access: Access, headers: dict[str, str]
) -> None:
    async with harness.serving(name_of_caller, access) as client, client.get("/it", headers=headers) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")


async def test_two_credentials_at_once_are_unauthenticated(harness: Harness) -> None:
    ada = await harness.user()
    both = bearer(await harness.token(ada)) | {"X-API-Key": await harness.key(ada, Scope.QUOTES_READ)}
    async with harness.serving(name_of_caller, SCOPED) as client, client.get("/it", headers=both) as response:
        assert response.status == 401


async def test_the_handler_gets_the_caller(harness: Harness) -> None:
    token = await harness.token(await harness.user("Ada"))
    async with (
        harness.serving(name_of_caller, SIGNED_IN) as client,
        client.get("/it", headers=bearer(token)) as response,
    ):
        assert await response.text() == "Ada"


async def test_a_key_needs_the_scope_and_may_not_act_for_a_signed_in_user(harness: Harness) -> None:
    ada = await harness.user()
    right, wrong = await harness.key(ada, Scope.QUOTES_READ), await harness.key(ada, Scope.CONVERT)
    async with harness.serving(name_of_caller, SCOPED) as client:
        assert await statuses(client, 1, {"X-API-Key": right}) == [200]
        assert await statuses(client, 1, {"X-API-Key": wrong}) == [403]
    async with harness.serving(name_of_caller, SIGNED_IN) as client:
        assert await statuses(client, 1, {"X-API-Key": right}) == [403]


async def test_administrators_alone_administer_and_only_when_signed_in(harness: Harness) -> None:
    ada, root = await harness.user(), await harness.user("root", Role.ADMIN)
    async with harness.serving(name_of_caller, AsAdmin(Group.ACCOUNT)) as client:
        assert await statuses(client, 1) == [401]
        assert await statuses(client, 1, bearer(await harness.token(ada))) == [403]
        assert await statuses(client, 1, {"X-API-Key": await harness.key(root, Scope.CONVERT)}) == [403]
        assert await statuses(client, 1, bearer(await harness.token(root))) == [200]


async def test_thirty_keys_of_a_user_get_the_limit_of_one_and_another_user_has_their_own() -> None:
    harness = Harness(rate_limit_quotes="2/day")
    ada, grace = await harness.user(), await harness.user("Grace")
    keys = [{"X-API-Key": await harness.key(ada, Scope.QUOTES_READ)} for _ in range(30)]
    async with harness.serving(name_of_caller, SCOPED) as client:
        assert await statuses(client, 1, bearer(await harness.token(ada))) == [200]
        assert [status for key in keys for status in await statuses(client, 1, key)] == [200] + 29 * [429]
        of_grace = {"X-API-Key": await harness.key(grace, Scope.QUOTES_READ)}
        assert await statuses(client, 3, of_grace) == [200, 200, 429]


async def test_guesses_are_limited_and_a_returning_caller_is_not_counted_as_one() -> None:
    harness = Harness(rate_limit_credentials="2/day")
    good = bearer(await harness.token(await harness.user()))
    async with harness.serving(name_of_caller, SIGNED_IN) as client:
        assert await statuses(client, 3, good) == [200, 200, 200]
        assert await statuses(client, 2, bearer("a guess")) == [401, 429]
        assert await statuses(client, 1, good) == [200]


async def test_a_credential_that_stops_being_valid_is_a_guess_from_then_on() -> None:
    harness = Harness(rate_limit_credentials="2/day")
    good = bearer(await harness.token(await harness.user()))
    async with harness.serving(name_of_caller, SIGNED_IN) as client:
        assert await statuses(client, 1, good) == [200]
        harness.clock.advance(365 * 24 * 3600)
        # A year later nothing counts any more; the first answer takes away what was known, and two guesses are left.
        assert await statuses(client, 4, good) == [401, 401, 401, 429]


@pytest.mark.parametrize(
    ("settings", "headers", "expected"),
    [
        ({}, {}, [200, 200, 200]),
        ({"require_auth": True}, {}, [401, 401, 401]),
        ({"rate_limit_convert": "1/day"}, {}, [200, 429, 429]),
        ({"rate_limit_convert": "1/day"}, {"X-API-Key": "nonsense"}, [200, 429, 429]),
    ],
    ids=["by default", "closed", "limited", "limited, with a key that is not valid"],
)
async def test_the_settings_close_or_limit_what_is_open_by_default(
    settings: dict[str, object], headers: dict[str, str], expected: list[int]
) -> None:
    async with Harness(**settings).serving(anyone, CONFIGURED) as client:
        assert await statuses(client, 3, headers) == expected


async def test_what_is_open_by_default_is_not_guarded_at_all() -> None:
    assert CONFIGURED.guard(anyone, Harness().settings) is anyone
    assert CONFIGURED.guard(anyone, Harness(require_auth=True).settings) is not anyone


async def test_what_is_open_but_limited_counts_a_user_with_a_key_by_themselves() -> None:
    harness = Harness(rate_limit_convert="1/day")
    key = {"X-API-Key": await harness.key(await harness.user(), Scope.CONVERT)}
    async with harness.serving(anyone, CONFIGURED) as client:
        assert await statuses(client, 2) == [200, 429]
        assert await statuses(client, 2, key) == [200, 429]


async def test_without_a_database_the_caller_is_not_at_fault(harness: Harness) -> None:
    token = await harness.token(await harness.user())
    harness.database.is_down = True
    async with (
        harness.serving(name_of_caller, SIGNED_IN) as client,
        client.get("/it", headers=bearer(token)) as response,
    ):
        assert response.status == 503
        assert "Retry-After" in response.headers
