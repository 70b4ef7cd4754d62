"""The documentation pages show the API and send requests to the service only."""

import re
import subprocess
import sys
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from zipfile import ZipFile

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, ConsoleMessage, Page, expect
from yarl import URL

from entrypoints.http.docs.routes import STATIC
from entrypoints.http.page.assets import STATIC as PAGE
from tests.servers.chromium import EXECUTABLE_VARIABLE, find_chromium
from tests.servers.service import running_crossrate
from tests.servers.serving import serving

PATIENCE_MILLISECONDS = 30_000

needs_chromium = pytest.mark.skipif(
    find_chromium() is None,
    reason=f"no Chromium on the PATH or in {EXECUTABLE_VARIABLE}: the pages' files are checked, not how they look",
)


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with running_crossrate() as address:
        yield address


@pytest.fixture
async def client(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(address) as client:
        yield client


class References(HTMLParser):
    """What a page refers to, tag by tag, and whether it has a script or a style of its own."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.has_inline_code = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for name, value in attrs if name in {"src", "href"} and value is not None]
        self.has_inline_code |= tag == "style" or (tag == "script" and "src" not in dict(attrs))
        self.has_inline_code |= any(name == "style" or name.startswith("on") for name, _ in attrs)


@pytest.mark.parametrize(("page", "least"), [("/docs", 6), ("/redoc", 5)])
async def test_every_part_of_a_page_comes_from_the_service(
    client: aiohttp.ClientSession, page: str, least: int
) -> None:
    async with client.get(page) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        references = References(await response.text())
    assert not references.has_inline_code
    assert len(references.found) >= least
    for reference in references.found:
        assert re.match(r"[a-z]+[/.]", reference), f"{reference} leads elsewhere below the path of a proxy"
        async with client.get(f"/{reference}") as response:
            assert response.status == 200, reference
            assert len(await response.read()) > 10


@pytest.mark.parametrize("page", ["/docs", "/redoc"])
async def test_a_page_forbids_requests_to_other_hosts(client: aiohttp.ClientSession, page: str) -> None:
    async with client.get(page) as response:
        policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
        assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert policy["default-src"] == "'none'"
    allowed = {source for sources in policy.values() for source in sources.split()}
    assert {source for source in allowed if not source.startswith("'sha256-")} == {"'none'", "'self'", "data:"}


@pytest.mark.parametrize(
    ("name", "content_type", "caching"),
    [
        ("docs.js", "text/javascript", "no-cache"),
        ("swagger-ui-5.35.0/swagger-ui-bundle.js", "text/javascript", "public, max-age=31536000, immutable"),
        ("swagger-ui-5.35.0/swagger-ui.css", "text/css", "public, max-age=31536000, immutable"),
        ("swagger-ui-5.35.0/favicon-32x32.png", "image/png", "public, max-age=31536000, immutable"),
        ("redoc-2.5.4/redoc.standalone.js", "text/javascript", "public, max-age=31536000, immutable"),
    ],
)
async def test_a_file_has_its_type_and_is_cached_for_long_only_if_its_path_has_a_version(
    client: aiohttp.ClientSession, name: str, content_type: str, caching: str
) -> None:
    async with client.get(f"/static/{name}") as response:
        assert response.status == 200
        assert response.content_type == content_type
        assert response.headers["Cache-Control"] == caching
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path",
    ["/static/nothing.js", "/static/README.md", "/static/%2e%2e/app.py", "/static/..%2fapp.py", "/static//etc/passwd"],
)
async def test_no_other_file_is_served(address: str, client: aiohttp.ClientSession, path: str) -> None:
    async with client.get(URL(address + path, encoded=True)) as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"


def test_every_foreign_file_has_its_licence_and_version_beside_it() -> None:
    folders = [path for path in STATIC.iterdir() if path.is_dir()]
    assert len(folders) == 2
    readme = (STATIC / "README.md").read_text()
    for folder in folders:
        assert (folder / "LICENSE").stat().st_size > 500
        assert f"| `{folder.name}` |" in readme


def test_the_wheel_carries_every_file_of_the_pages(tmp_path: Path) -> None:
    root = STATIC.parents[4]
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=root, check=True, capture_output=True, timeout=60)  # noqa: S603 -- our own words
    (wheel,) = tmp_path.glob("*.whl")
    carried = set(ZipFile(wheel).namelist())
    files = (path for folder in (STATIC, PAGE) for path in folder.rglob("*") if path.is_file())
    needed = {path.relative_to(root / "src").as_posix() for path in files}
    assert len(needed) > 30
    assert needed <= carried


class Watched:
    """A page with its requests and its errors."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("requestfailed", lambda request: self.complaints.append(f"failed: {request.url}"))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note)

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@pytest.fixture
async def watched(browser: Browser) -> AsyncIterator[Watched]:
    page = await browser.new_page(viewport={"width": 1300, "height": 1000})
    try:
        yield Watched(page)
    finally:
        await page.close()


@needs_chromium
async def test_swagger_ui_shows_the_operations_and_makes_a_conversion(address: str, watched: Watched) -> None:
    page = watched.page
    await page.goto(f"{address}/docs")
    operation = page.locator("#operations-Conversion-convert")
    await expect(operation.locator(".opblock-summary-path")).to_have_text("/api/v1/convert")
    await operation.locator(".opblock-summary-control").click()
    async with page.expect_response(f"{address}/api/v1/convert") as answered:
        await operation.get_by_role("button", name="Execute").click()
    answer = await (await answered.value).json()
    live = operation.locator(".live-responses-table tr.response")
    await expect(live.locator(".response-col_status")).to_contain_text("200")
    await expect(live.locator(".response-col_description")).to_contain_text(answer["result"])
    assert answer["exchange"] == "binance"
    assert watched.complaints == []
    assert watched.asked
    assert [url for url in watched.asked if not url.startswith(f"{address}/")] == []


@needs_chromium
async def test_redoc_shows_the_operations_and_their_problems(address: str, watched: Watched) -> None:
    page = watched.page
    await page.goto(f"{address}/redoc")
    await expect(page.get_by_role("heading", name="Convert an amount").first).to_be_visible()
    await expect(page.get_by_text("/api/v1/convert", exact=True).first).to_be_visible()
    await expect(page.get_by_text("No route: Every exchange asked has answered").first).to_be_visible()
    assert watched.complaints == []
    assert watched.asked
    assert [url for url in watched.asked if not url.startswith(f"{address}/")] == []


@needs_chromium
@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_a_script_in_a_page_cannot_reach_other_hosts(address: str, watched: Watched, path: str) -> None:
    reached: list[str] = []

    async def note(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response(headers={"Access-Control-Allow-Origin": "*"})

    elsewhere = web.Application()
    elsewhere.router.add_get("/{name}", note)
    async with serving(elsewhere) as other:
        await watched.page.route("**/openapi.json", lambda route: route.abort())  # it takes a second to draw
        await watched.page.goto(f"{address}{path}")
        refused = await watched.page.evaluate(
            """async (other) => {
                const image = new Promise((resolve) => {
                    const element = new Image();
                    element.onload = () => resolve(false);
                    element.onerror = () => resolve(true);
                    element.src = other + "/image";
                });
                const fetched = fetch(other + "/fetch").then(() => false, () => true);
                return [await image, await fetched];
            }""",
            other,
        )
    assert refused == [True, True]
    assert reached == []
