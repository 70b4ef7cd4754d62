"""Behind a real nginx that serves the service below /rates/, with and without telling it so."""

from collections.abc import AsyncIterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft202012Validator
from playwright.async_api import Browser, Route, expect
from yarl import URL

from tests.servers.chromium import find_chromium
from tests.servers.nginx import running_nginx
from tests.servers.service import running_crossrate
from tests.servers.service_client import CONVERT

TELLING, SILENT = "/rates/", "/silent/"
NOWHERE = "api/v1/convert?currency_from=USDT&currency_to=NOPE&amount=1"


@pytest.fixture(scope="module")
async def nginx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    folder: Path = tmp_path_factory.mktemp("nginx")
    async with running_crossrate(trusted_proxies="127.0.0.1") as service:
        locations = {
            TELLING: f"proxy_pass {service}/; proxy_set_header X-Forwarded-Prefix /rates;",
            SILENT: f"proxy_pass {service}/;",
        }
        async with running_nginx(folder, locations) as address:
            yield address


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as client:
        yield client


class Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(html)

    def handle_starttag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"src", "href"} and value is not None]


async def got_json(client: aiohttp.ClientSession, url: URL, headers: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 -- any JSON
    async with client.get(url, headers=headers) as response:
        return await response.json(content_type=None)


@pytest.mark.parametrize("prefix", [TELLING, SILENT])
@pytest.mark.parametrize("page", ["", "docs", "redoc"])
async def test_every_link_of_a_page_leads_below_the_prefix(
    client: aiohttp.ClientSession, nginx: str, prefix: str, page: str
) -> None:
    url = URL(nginx + prefix + page)
    async with client.get(url, headers={"Accept": "text/html"}) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        links = Links(await response.text()).found
    assert len(links) >= 5
    for link in links:
        target = url.join(URL(link))
        assert target.path.startswith(prefix)
        async with client.get(target) as response:
            assert response.status in {200, 422}, "GET /convert needs parameters"


@pytest.mark.parametrize("prefix", [TELLING, SILENT])
async def test_the_server_in_the_document_is_below_the_prefix(
    client: aiohttp.ClientSession, nginx: str, prefix: str
) -> None:
    url = URL(f"{nginx}{prefix}openapi.json")
    document = await got_json(client, url)
    (server,) = document["servers"]
    assert str(url.join(URL(server["url"]))) == f"{nginx}{prefix}"
    assert "/api/v1/convert" in document["paths"]


async def test_the_type_of_a_problem_leads_below_the_prefix_as_documented(
    client: aiohttp.ClientSession, nginx: str
) -> None:
    url = URL(f"{nginx}{TELLING}{NOWHERE}")
    problem = await got_json(client, url)
    assert (problem["type"], problem["instance"]) == ("/rates/problems/no-route", "/rates/api/v1/convert")
    assert (await got_json(client, url.join(URL(problem["type"]))))["type"] == problem["type"]
    document = await got_json(client, URL(f"{nginx}{TELLING}openapi.json"))
    schema = document["components"]["responses"]["no-route"]["content"]["application/problem+json"]["schema"]
    assert Draft202012Validator(schema | {"components": document["components"]}).is_valid(problem)


@pytest.mark.parametrize("told", ["/evil", "//evil.example", "/a b", "/a?b", "/" + "a" * 300, "https://evil.example"])
async def test_only_a_path_is_taken_for_a_prefix(client: aiohttp.ClientSession, told: str) -> None:
    async with running_crossrate(trusted_proxies="127.0.0.1" if told != "/evil" else ()) as service:
        problem = await got_json(client, URL(f"{service}/{NOWHERE}"), {"X-Forwarded-Prefix": told})
    assert problem["type"] == "/problems/no-route"


async def test_prefixes_of_several_proxies_are_joined(client: aiohttp.ClientSession) -> None:
    async with running_crossrate(trusted_proxies="127.0.0.1") as service:
        for told in ("/outer, /inner", "/outer/,/inner/"):
            problem = await got_json(client, URL(f"{service}/nowhere"), {"X-Forwarded-Prefix": told})
            assert problem["type"] == "/outer/inner/problems/not-found"


async def answer_with_one_operation(route: Route) -> None:
    """Leave one operation of the document: drawing all of them takes a browser seconds, and other tests see them."""
    answer = await route.fetch()
    document = await answer.json()
    await route.fulfill(response=answer, json=document | {"paths": {CONVERT: document["paths"][CONVERT]}})


@pytest.mark.skipif(find_chromium() is None, reason="needs a browser")
@pytest.mark.parametrize("prefix", [TELLING, SILENT])
async def test_the_pages_work_in_a_browser_below_the_prefix(browser: Browser, nginx: str, prefix: str) -> None:
    async with await browser.new_page() as page:
        page.set_default_timeout(30_000)
        await page.route("**/openapi.json", answer_with_one_operation)
        await page.goto(f"{nginx}{prefix}docs#/Conversion/convertByQuery")
        operation = page.locator("#operations-Conversion-convertByQuery")
        await expect(operation.locator(".opblock-summary-path")).to_have_text(CONVERT)
        if await operation.get_by_role("button", name="Execute").count() == 0:
            await operation.locator(".opblock-summary-control").click()
        async with page.expect_response(lambda answer: "currency_from" in answer.url) as answered:
            await operation.get_by_role("button", name="Execute").click()
        answer = await answered.value
        assert answer.url.startswith(f"{nginx}{prefix}api/v1/convert?")
        assert answer.status == 200
        # Drawing it takes a second, and works as without a prefix.
        async with page.expect_response(f"{nginx}{prefix}openapi.json") as fetched:
            await page.goto(f"{nginx}{prefix}redoc", wait_until="domcontentloaded")
        assert (await fetched.value).status == 200


@pytest.mark.skipif(find_chromium() is None, reason="needs a browser")
@pytest.mark.parametrize("prefix", [TELLING, SILENT])
async def test_the_page_converts_and_changes_views_below_the_prefix(browser: Browser, nginx: str, prefix: str) -> None:
    asked: list[str] = []
    async with await browser.new_page() as page:
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"{nginx}{prefix}?from=TRX&to=USDT&amount=2")
        await page.get_by_label("Amount").fill("3")
        await expect(page.locator(".result")).to_contain_text("3 TRX =")
        await page.get_by_role("link", name="Markets").click()
        await expect(page.locator(".pairs tbody tr").first).to_be_visible()
        assert page.url == f"{nginx}{prefix}markets"
    assert [url for url in asked if not url.startswith(nginx + prefix)] == []
