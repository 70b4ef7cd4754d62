"""What an attacker can do to a browser that is signed in, tried in a real one."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from aiohttp import web
from playwright.async_api import Browser, expect

from tests.integration.openapi.test_browser_pages import needs_chromium
from tests.integration.page.signed_in import Person, person, service_to_live_in
from tests.servers.serving import serving

pytestmark = needs_chromium

# Another host name of the same machine: another site, as browsers see it. `localhost` is the service's own address.
EVIL = "evil.localhost"


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with service_to_live_in() as address:
        yield address.replace("127.0.0.1", "localhost")


@dataclass
class Site:
    """Another site, whose one page is what a test makes it."""

    address: str
    html: str = ""


@pytest.fixture(scope="module")
async def evil() -> AsyncIterator[Site]:
    site = Site("")
    app = web.Application()

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=site.html, content_type="text/html")

    app.router.add_get("/", page)
    async with serving(app) as address:
        site.address = address
        yield site


@pytest.fixture
async def ada(browser: Browser, address: str, request: pytest.FixtureRequest) -> AsyncIterator[Person]:
    """Somebody who is signed in, and has a wallet."""
    async with person(browser, address) as found:
        await found.open("wallets")
        await found.sign_up(f"u{abs(hash(request.node.name)) % 10**9}")
        await found.press("n")
        await expect(found.page.get_by_role("dialog")).to_be_visible()
        await found.type("Savings")
        await found.press("Enter")
        await expect(found.page.get_by_role("heading", name="Savings")).to_be_visible()
        yield found


async def wallets(ada: Person) -> int:
    await ada.open("wallets")
    await expect(ada.page.get_by_role("heading", name="Savings")).to_be_visible()
    return await ada.page.get_by_role("heading", level=2).filter(has_not_text="Entries").count()


# The same machine under its other name is another site; another port of the same name is another origin of one site.
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_form_and_a_fetch_of_another_origin_change_and_read_nothing(ada: Person, evil: Site, host: str) -> None:
    page, api = ada.page, f"{ada.address}/api/v1"
    evil.html = (
        f'<form id="f" method="post" action="{api}/wallets" enctype="text/plain">'
        '<input name=\'{"name":"stolen","x":"\' value=\'"}\'></form>'
    )
    evil_address = evil.address.replace("127.0.0.1", host)
    await page.goto(evil_address)
    asked = await page.evaluate(
        """async (api) => {
          const tried = [];
          const options = { credentials: "include" };
          const headers = { "Content-Type": "application/json" };
          const json = { ...options, method: "POST", headers, body: '{"name":"stolen"}' };
          for (const [path, how] of [
            ["wallets", options],
            ["wallets", json],
            ["wallets", { ...json, headers: { "Content-Type": "text/plain" }, mode: "no-cors" }],
            ["session", { ...options, method: "DELETE" }],
            ["session/refresh", { ...options, method: "POST", mode: "no-cors" }],
          ]) {
            try {
              const answer = await fetch(`${api}/${path}`, how);
              tried.push([answer.type, answer.status, (await answer.text()).includes("Savings")]);
            } catch (error) {
              tried.push([error.name]);
            }
          }
          return tried;
        }""",
        api,
    )
    assert asked == [["TypeError"], ["TypeError"], ["opaque", 0, False], ["TypeError"], ["opaque", 0, False]]
    async with page.expect_navigation():
        await page.evaluate("document.getElementById('f').submit()")
    assert page.url == f"{api}/wallets"
    assert await page.locator("body").inner_text() != ""
    assert await wallets(ada) == 1


async def test_no_other_site_frames_the_page(ada: Person, evil: Site) -> None:
    evil.html = f'<iframe src="{ada.address}/wallets"></iframe>'
    await ada.page.goto(evil.address)
    assert len(ada.page.frames) == 2
    await expect(ada.page.frames[1].locator("#view")).to_have_count(0)


async def test_no_script_can_read_the_tokens_and_none_is_stored(ada: Person) -> None:
    kept = await ada.page.evaluate("[document.cookie, {...localStorage}, {...sessionStorage}].map(String).join()")
    assert "crossrate-" not in await ada.page.evaluate("document.cookie")
    assert "eyJ" not in kept
    assert {each["name"]: each["httpOnly"] for each in await ada.context.cookies()} == {
        "crossrate-access": True,
        "crossrate-refresh": True,
    }


async def test_trusted_types_stop_what_would_write_html(ada: Person) -> None:
    said = await ada.page.evaluate(
        """() => {
          try { document.body.innerHTML = "<img src=x>"; return "written"; } catch (error) { return error.name; }
        }"""
    )
    assert said == "TypeError"


async def test_what_was_shown_is_gone_after_signing_out_also_for_the_back_button(ada: Person) -> None:
    page = ada.page
    await page.get_by_role("link", name="Account").press("Enter")
    await page.get_by_role("button", name="Sign out", exact=True).first.press("Enter")
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(page.get_by_text("Savings")).to_have_count(0)
    assert await ada.asks("GET", "api/v1/wallets") == 401


async def test_signing_out_in_one_tab_empties_the_others(ada: Person) -> None:
    other = await ada.context.new_page()
    await other.goto(f"{ada.address}/wallets")
    await expect(other.get_by_role("heading", name="Savings")).to_be_visible()
    await ada.open("account")
    await ada.page.get_by_role("button", name="Sign out", exact=True).first.press("Enter")
    await expect(other.get_by_role("heading", name="Sign in")).to_be_visible()
    await expect(other.get_by_text("Savings")).to_have_count(0)


async def test_an_expired_access_token_is_renewed_without_a_word(ada: Person) -> None:
    await ada.context.clear_cookies(name="crossrate-access")
    await ada.press("n")
    await expect(ada.page.get_by_role("dialog")).to_be_visible()
    await ada.type("Another")
    await ada.press("Enter")
    await expect(ada.page.get_by_role("heading", name="Another")).to_be_visible()
