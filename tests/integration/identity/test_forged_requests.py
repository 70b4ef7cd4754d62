"""What other sites can make a browser send to the service, with the cookies of whoever is signed in there."""

from dataclasses import replace
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from tests.integration.identity.browser import TLS, Browser, set_cookies
from tests.integration.identity.client import PASSWORD, Client
from tests.integration.problems import is_problem
from tests.servers.service import RunService

WALLET = {"name": "savings"}
OTHERS = ["cross-site", "same-site", "none", "anything else"]


@pytest.fixture
async def page(ada: Client) -> Browser:
    browser = Browser(replace(ada, access="", refresh=""))
    assert (await browser.sign_in()).status == 200
    return browser


async def wallets(page: Browser) -> list[object]:
    answer = await page.ask("GET", "/wallets")
    assert answer.status == 200
    return list(answer.json["wallets"])


@pytest.mark.parametrize("site", OTHERS)
async def test_a_fetch_from_another_origin_changes_nothing_and_reads_nothing(page: Browser, site: str) -> None:
    forged = {"Sec-Fetch-Site": site, "Origin": "https://evil.example"}
    assert is_problem(await page.ask("POST", "/wallets", json=WALLET, headers=forged), 401)
    assert is_problem(await page.ask("DELETE", "/me", json={"password": PASSWORD}, headers=forged), 401)
    assert is_problem(await page.ask("GET", "/wallets", headers=forged), 401)
    assert is_problem(await page.ask("GET", "/entries?format=csv", headers=forged), 401)
    shown = await page.ask("GET", "/session", headers=forged)
    assert "account" not in shown.json
    assert await wallets(page) == []


async def test_a_form_of_another_site_can_send_nothing_that_is_read(page: Browser) -> None:
    for content_type, body in (
        ("application/x-www-form-urlencoded", urlencode(WALLET)),
        ("multipart/form-data; boundary=x", '--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--x--'),
        ("text/plain", '{"name": "savings"}'),
    ):
        form = {"Sec-Fetch-Site": None, "Sec-Fetch-Mode": None, "Origin": None, "Content-Type": content_type}
        sneaky = form | {"X-Forwarded-Proto": "https"}  # so that the cookies count, as without any check of the site
        assert is_problem(await page.ask("POST", "/wallets", data=body, headers=sneaky), 415)
        assert is_problem(await page.ask("POST", "/wallets", data=body, headers=sneaky | {"X-Session-Id": None}), 401)
        login = f"username={page.client.name}&password={PASSWORD}"
        assert is_problem(await page.ask("POST", "/session", data=login, headers=sneaky), 415)
    assert await wallets(page) == []


@pytest.mark.parametrize("session_id", [None, "", "9f83a1dc-e03a-41d0-82d6-9b4b14fb395c", "of another"])
async def test_a_change_names_the_session_that_it_is_meant_for(page: Browser, session_id: str | None) -> None:
    named = {"X-Session-Id": session_id}
    answer = await page.ask("POST", "/wallets", json=WALLET, headers=named)
    assert is_problem(answer, 401)
    assert "X-Session-Id" in answer.json["detail"]
    assert await wallets(page) == []
    assert (await page.ask("GET", "/me", headers=named)).status == (401 if session_id else 200)


async def test_a_page_left_open_changes_nothing_of_the_user_who_signed_in_after(page: Browser, grace: Client) -> None:
    left_open = page.session_id
    page.client = replace(grace, access="")
    assert (await page.sign_in()).status == 200
    answer = await page.ask("POST", "/wallets", json=WALLET, headers={"X-Session-Id": left_open})
    assert is_problem(answer, 401)
    assert is_problem(await page.ask("GET", "/me", headers={"X-Session-Id": left_open}), 401)
    assert await wallets(page) == []


@pytest.mark.parametrize("site", OTHERS)
async def test_another_site_can_sign_nobody_in_or_out(ada: Client, page: Browser, site: str) -> None:
    forged = {"Sec-Fetch-Site": site, "Origin": "https://evil.example"}
    for answer in (
        await Browser(replace(ada, access="")).sign_in(headers=forged),
        await page.ask("POST", "/session/refresh", headers=forged),
        await page.ask("DELETE", "/session", headers=forged),
    ):
        assert is_problem(answer, 403)
        assert set_cookies(answer) == []
    assert await page.is_signed_in()


async def test_a_cookie_that_another_host_of_the_domain_planted_signs_nobody_in(page: Browser, grace: Client) -> None:
    evil = Browser(replace(grace, access=""), host="localhost")
    assert (await evil.sign_in()).status == 200
    assert set(evil.cookies) == {"crossrate-access", "crossrate-refresh"}  # what other hosts can set for a domain
    victim = Browser(page.client, cookies=dict(evil.cookies))
    assert not await victim.is_signed_in()
    assert (await victim.ask("GET", "/session")).json["may_refresh"] is False
    page.cookies |= evil.cookies
    assert (await page.ask("GET", "/me")).json["username"] == page.client.name


async def test_two_cookies_of_the_same_name_count_as_none(ada: Client, grace: Client) -> None:
    mine, planted = (Browser(replace(each, access=""), host="localhost") for each in (ada, grace))
    assert (await mine.sign_in()).status == (await planted.sign_in()).status == 200
    name = "crossrate-access"
    both = f"{name}={planted.cookies[name]}; {name}={mine.cookies[name]}"
    answer = await mine.ask("GET", "/me", headers={"Cookie": both})
    assert is_problem(answer, 401)
    assert "wo different session cookies" in answer.json["detail"]
    twice = f"{name}={mine.cookies[name]}; {name}={mine.cookies[name]}"
    assert (await mine.ask("GET", "/me", headers={"Cookie": twice})).status == 200


async def test_no_origin_that_may_read_answers_may_use_the_cookie(run_service: RunService, database_url: str) -> None:
    friend = "https://app.example.com"
    settings = {"database_url": database_url, "cors_origins": (friend,), "trusted_proxies": ("127.0.0.1/32",)}
    async with run_service(**settings) as service:
        ada = Client(service, f"user-{uuid4().hex[:12]}", "198.51.100.7")
        assert (await ada.register()).status == 201
        page = Browser(ada)
        assert (await page.sign_in()).status == 200
        cross_origin = {"Sec-Fetch-Site": "same-site", "Origin": friend}
        answer = await page.ask("GET", "/wallets", headers=cross_origin)
        assert is_problem(answer, 401)
        assert answer.headers["Access-Control-Allow-Origin"] == friend
        assert is_problem(await page.ask("POST", "/wallets", json=WALLET, headers=cross_origin), 401)
        assert is_problem(await page.sign_in(headers=cross_origin), 403)
        assert (await page.ask("GET", "/wallets", headers={"Origin": f"https://{TLS}"})).status == 200
