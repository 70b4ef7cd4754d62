"""The page's session in cookies, on SQLite and on Postgres: what it is, when it counts and when it ends."""

from dataclasses import replace

import pytest

from application.identity.issue_token_pair import ACCESS_SECONDS, REFRESH_SECONDS
from tests.integration.identity.browser import Browser, set_cookies
from tests.integration.identity.client import PASSWORD, Client
from tests.integration.problems import is_problem
from tests.unit.fakes.clock import TickingClock

WALLET = {"name": "savings"}


@pytest.fixture
async def page(ada: Client) -> Browser:
    """A browser in which ada has signed in."""
    browser = Browser(replace(ada, access="", refresh=""))
    assert (await browser.sign_in()).status == 200
    return browser


def cookies_over_tls(page: Browser) -> list[str]:
    return sorted(page.cookies)


async def test_tokens_are_in_cookies_that_no_script_can_read_and_in_no_body(ada: Client) -> None:
    page = Browser(replace(ada, access=""))
    answer = await page.sign_in()
    assert answer.json.keys() == {"account", "session_id", "may_refresh", "is_registration_open"}
    assert answer.json["account"]["username"] == ada.name
    assert answer.headers["Cache-Control"] == "no-store"
    for morsel, seconds in zip(set_cookies(answer), (ACCESS_SECONDS, REFRESH_SECONDS), strict=True):
        assert morsel.key.startswith("__Host-crossrate-")
        assert (morsel["secure"], morsel["httponly"], morsel["samesite"]) == (True, True, "Strict")
        assert (morsel["path"], morsel["domain"], morsel["max-age"]) == ("/", "", str(seconds))
        assert morsel.value.encode() not in answer.body


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "crossrate.localhost"])
async def test_on_this_machine_the_cookies_work_without_tls(ada: Client, host: str) -> None:
    page = Browser(replace(ada, access=""), host=host)
    answer = await page.sign_in()
    assert [(morsel.key, morsel["secure"]) for morsel in set_cookies(answer)] == [
        ("crossrate-access", ""),
        ("crossrate-refresh", ""),
    ]
    assert await page.is_signed_in()
    forwarded = await page.sign_in(headers={"X-Forwarded-Proto": "https"})  # by a proxy that the service trusts
    assert [morsel.key for morsel in set_cookies(forwarded)] == ["__Host-crossrate-access", "__Host-crossrate-refresh"]


async def test_behind_a_proxy_that_hides_host_and_tls_no_cookie_goes_without_secure(ada: Client) -> None:
    page = Browser(replace(ada, access=""))
    https = {"Origin": f"https://{page.host}"}
    for hidden in ({"Host": "127.0.0.1:8080"}, {"Host": "upstream"}, {"Sec-Fetch-Site": None}):
        refused = await page.sign_in(headers=https | hidden)
        assert is_problem(refused, 403)
        assert "the proxy must pass Host on" in refused.json["detail"]
        assert set_cookies(refused) == []
    local = await page.sign_in(headers={"Origin": "https://localhost", "Host": "localhost"})
    assert is_problem(local, 403)
    told = await page.sign_in(headers=https | {"Sec-Fetch-Site": None, "X-Forwarded-Proto": "https"})
    assert all(morsel["secure"] for morsel in set_cookies(told))
    answer = await page.sign_in(headers={"Origin": f"https://{page.host}:8443"})  # nginx's $host has no port
    assert [(morsel.key, morsel["secure"]) for morsel in set_cookies(answer)] == [
        ("__Host-crossrate-access", True),
        ("__Host-crossrate-refresh", True),
    ]


async def test_over_plain_http_elsewhere_the_cookies_work_by_the_origin(ada: Client) -> None:
    plain = {"Sec-Fetch-Site": None, "Sec-Fetch-Mode": None, "Origin": "http://192.0.2.1:8080"}
    page = Browser(replace(ada, access=""), host="192.0.2.1:8080")
    answer = await page.sign_in(headers=plain)
    assert [morsel.key for morsel in set_cookies(answer)] == ["crossrate-access", "crossrate-refresh"]
    assert (await page.ask("GET", "/me", headers=plain | {"Origin": None})).status == 200
    assert (await page.ask("POST", "/wallets", json=WALLET, headers=plain)).status == 201
    for other in ("http://192.0.2.1:3000", "http://evil.example", "null", "http://[x"):
        assert is_problem(await page.ask("GET", "/me", headers=plain | {"Origin": other}), 401)
        assert is_problem(await page.sign_in(headers=plain | {"Origin": other}), 403)
        assert is_problem(await page.ask("DELETE", "/session", headers=plain | {"Origin": other}), 403)
    # A page by TLS is another origin than this one, and its scripts are of whoever has that port.
    by_tls = plain | {"Origin": "https://192.0.2.1:8080"}
    assert is_problem(await page.ask("GET", "/me", headers=by_tls), 401)
    assert is_problem(await page.ask("DELETE", "/session", headers=by_tls), 403)
    refused = await page.ask("GET", "/wallets", headers=plain | {"Cookie": None})
    assert "Basic" not in refused.headers["WWW-Authenticate"]  # the browser would ask for a password


async def test_whoever_is_not_signed_in_is_told_so_without_an_error(ada: Client, page: Browser) -> None:
    stranger = Browser(replace(ada, access=""))
    assert (await stranger.ask("GET", "/session")).json == {"may_refresh": False, "is_registration_open": True}
    shown = (await page.ask("GET", "/session")).json
    assert (shown["account"]["username"], shown["session_id"]) == (ada.name, page.session_id)
    del page.cookies["__Host-crossrate-access"]  # as browsers do when it expires
    assert (await page.ask("GET", "/session")).json["may_refresh"]


async def test_a_dead_cookie_neither_fails_nor_keeps_anybody_from_signing_in(page: Browser) -> None:
    page.cookies["__Host-crossrate-access"] = "abc"
    assert (await page.ask("GET", "/session")).json == {"may_refresh": True, "is_registration_open": True}
    assert (await page.sign_in()).status == 200
    assert await page.is_signed_in()


async def test_of_two_cookies_none_is_believed_and_signing_out_ends_both_sessions(page: Browser, grace: Client) -> None:
    planted = Browser(replace(grace, access=""))
    assert (await planted.sign_in()).status == 200
    both = {"Cookie": "; ".join(f"{name}={value}" for each in (page, planted) for name, value in each.cookies.items())}
    assert (await page.ask("GET", "/session", headers=both)).json["may_refresh"] is False
    refused = await page.sign_in(headers=both)
    assert is_problem(refused, 401)
    assert "delete this site's cookies" in refused.json["detail"]
    before = replace(page, cookies=dict(page.cookies))
    assert (await page.ask("DELETE", "/session", headers=both)).status == 204
    for each in (before, planted):
        assert is_problem(await each.ask("POST", "/session/refresh"), 401)


async def test_a_session_goes_on_by_refreshing_as_one_of_a_program_does(
    page: Browser, accounts_clock: TickingClock
) -> None:
    first = dict(page.cookies)
    accounts_clock.advance(ACCESS_SECONDS + 1)
    assert not await page.is_signed_in()
    assert (await page.ask("POST", "/session/refresh")).status == 200
    assert await page.is_signed_in()
    thief = replace(page, cookies=first)
    accounts_clock.advance(60)
    assert is_problem(await thief.ask("POST", "/session/refresh"), 401)  # a used token: somebody has copied it
    assert not await page.is_signed_in()


async def test_a_stolen_cookie_is_worth_nothing_after_sign_out(page: Browser) -> None:
    stolen = replace(page, cookies=dict(page.cookies))
    assert await stolen.is_signed_in()
    answer = await page.ask("DELETE", "/session")
    assert (answer.status, answer.body, page.cookies) == (204, b"", {})
    assert {morsel["max-age"] for morsel in set_cookies(answer)} == {"0"}
    assert is_problem(await stolen.ask("GET", "/me"), 401)
    assert is_problem(await stolen.ask("POST", "/session/refresh"), 401)


async def test_signing_out_ends_the_session_though_its_access_token_has_expired(
    page: Browser, accounts_clock: TickingClock
) -> None:
    stolen = replace(page, cookies=dict(page.cookies))
    accounts_clock.advance(ACCESS_SECONDS + 1)
    assert (await page.ask("DELETE", "/session")).status == 204
    assert is_problem(await stolen.ask("POST", "/session/refresh"), 401)


async def test_a_stolen_cookie_is_worth_nothing_after_a_new_password_and_signing_in_with_it(page: Browser) -> None:
    elsewhere = Browser(page.client)
    assert (await elsewhere.sign_in()).status == 200
    stolen = [replace(each, cookies=dict(each.cookies)) for each in (page, elsewhere)]
    changed = await page.ask("POST", "/me/password", json={"old": PASSWORD, "new": f"{PASSWORD}!"})
    assert (changed.status, changed.json["sessions_ended"]) == (200, 2)  # of the fixture, and elsewhere
    assert is_problem(await stolen[1].ask("GET", "/me"), 401)
    assert (await page.sign_in(f"{PASSWORD}!")).status == 200  # ends the session that it replaces
    assert is_problem(await stolen[0].ask("GET", "/me"), 401)
    assert is_problem(await stolen[0].ask("POST", "/session/refresh"), 401)
    assert await page.is_signed_in()


async def test_signing_in_never_continues_a_session_that_was_there_before(page: Browser, grace: Client) -> None:
    planted = dict(page.cookies)
    victim = Browser(replace(grace, access=""), cookies=dict(planted))
    assert (await victim.sign_in()).status == 200
    assert victim.session_id != page.session_id
    assert not set(victim.cookies.values()) & set(planted.values())
    assert is_problem(await page.ask("GET", "/me"), 401)


async def test_authorization_counts_and_the_cookie_beside_it_does_not(page: Browser, grace: Client) -> None:
    bearer = {"Authorization": f"Bearer {grace.access}", "X-Session-Id": None}
    assert (await page.ask("GET", "/me", headers=bearer)).json["username"] == grace.name
    assert (await page.ask("POST", "/wallets", json=WALLET, headers=bearer)).status == 201
    assert is_problem(await page.ask("GET", "/me", headers={"Authorization": "Bearer expired"}), 401)
    assert (await page.ask("GET", "/me", headers={"Authorization": "Basic b2YtYTpwcm94eQ=="})).status == 200


async def test_lockouts_of_signing_in_hold_for_the_page(ada: Client) -> None:
    page = Browser(replace(ada, access=""))
    answers = [await page.sign_in("not the password") for _ in range(6)]
    assert [answer.status for answer in answers] == [401] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert is_problem(await page.sign_in(), 429)
    assert is_problem(await ada.login(), 429)
