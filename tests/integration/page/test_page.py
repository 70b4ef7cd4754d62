"""The page as it leaves the service: its head, its form without script, its assets and what they weigh."""

import gzip
import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator

import aiohttp
import pytest

from entrypoints.http.page.assets import STATIC, VENDOR, assets
from entrypoints.http.page.views import VIEWS
from tests.integration.openapi.test_browser_pages import References
from tests.servers.service import running_crossrate

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
MOST_BYTES = 60_000
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)

# What a module names at its top level.
TOP_LEVEL = re.compile(r"^(?:export )?(?:async )?(?:const|let|function|class) (\w+)", re.MULTILINE)

# The files of other projects, as their npm packages have them.
VENDORED = {
    "htm-3.1.1/standalone.module.js": "72284e8e9079c87817145df1110f74e8a2aa040b2fc384922e18dfcb46fc1fd7",
    "uPlot-1.6.32/uPlot.iife.min.js": "19c8d4c6ad88929a79f4ae49d6f7161566dfd0ba3d15cc495e974f787eb78f1f",
}


@pytest.fixture(scope="module")
async def address() -> AsyncIterator[str]:
    async with running_crossrate() as address:
        yield address


@pytest.fixture
async def browser(address: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A client that asks for pages as a browser does, and runs no script."""
    async with aiohttp.ClientSession(address, headers=BROWSER) as client:
        yield client


async def text_of(client: aiohttp.ClientSession, path: str, status: int = 200) -> str:
    async with client.get(path) as response:
        assert response.status == status
        return await response.text()


@pytest.mark.parametrize("path", [f"/{view.name}" for view in VIEWS])
async def test_every_view_has_an_address_and_allows_nothing_from_elsewhere(
    browser: aiohttp.ClientSession, path: str
) -> None:
    async with browser.get(path) as response:
        assert (response.status, response.content_type) == (200, "text/html")
        assert response.headers["Content-Security-Policy"] == POLICY
        assert response.headers["Cache-Control"] == "no-cache"
        references = References(await response.text())
    assert not references.has_inline_code
    assert len(references.found) > 5
    for reference in references.found:
        assert not re.match(r"/|[a-z]+:", reference), f"{reference} leads elsewhere below the path of a proxy"
        async with browser.get(f"/{reference}".replace("/./", "/").replace("/#view", "/")) as response:
            assert response.status == 200, reference


async def test_a_program_gets_the_links_as_before(address: str) -> None:
    async with aiohttp.ClientSession(address) as client, client.get("/") as response:
        assert response.content_type == "application/json"
        assert response.headers["Vary"] == "Accept"
        assert (await response.json())["links"]["convert"] == "api/v1/convert"


async def test_the_form_answers_without_script(browser: aiohttp.ClientSession) -> None:
    html = await text_of(browser, "/?from=trx&to=ADA&amount=100&exchange=&rate_type=executable&cache_max_seconds=1000")
    query = "currency_from=trx&currency_to=ADA&amount=100&rate_type=executable&cache_max_seconds=1000"
    async with browser.get(f"/api/v1/convert?{query}") as response:
        answer = await response.json()
    assert f'<strong class="number">{answer["result"]} <small>ADA</small></strong>' in html
    assert f'value="{answer["result"]}" readonly' in html
    assert '<option value="executable" selected>' in html
    assert 'value="trx"' in html


async def test_the_root_alone_has_an_answer_too(browser: aiohttp.ClientSession) -> None:
    html = await text_of(browser, "/")
    assert re.search(r"<span>1 BTC =</span> <strong class=\"number\">[0-9]+,[0-9]{3}\.", html)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("from=BTC&to=NOPE", 404, "No route from BTC to NOPE"),
        ("from=BTC&to=USDT&amount=-1", 422, "amount "),
        ("from=BTC&to=USDT&at=2024-01-01T00:00:00Z", 422, "This page converts at the prices of now"),
        ("from=%22%3E%3Cscript%3E&to=USDT", 422, "currency_from "),
    ],
)
async def test_what_is_wrong_is_said_in_the_apis_words(
    browser: aiohttp.ClientSession, query: str, status: int, said: str
) -> None:
    html = await text_of(browser, f"/?{query}", status)
    assert f"<p>{said}" in html
    assert "<script>" not in html


async def test_a_closed_service_shows_the_page_but_no_prices(browser: aiohttp.ClientSession) -> None:
    async with running_crossrate(require_auth=True, has_docs=False) as address:
        async with browser.get(f"{address}/") as response:
            assert response.status == 200
            html = await response.text()
            assert "Basic" not in response.headers.get("WWW-Authenticate", "")
        async with browser.get(f"{address}/?from=BTC&to=USDT") as response:
            assert response.status == 401
            assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert 'class="notice problem"' in html
    assert '<a href="account" data-view="account">Sign in</a>' in html
    assert 'data-given=""' in html
    assert 'href="docs"' not in html


async def test_an_address_that_does_not_exist_leads_people_home_and_tells_programs_so(
    browser: aiohttp.ClientSession, address: str
) -> None:
    for path in ("/nowhere", "/a/b/c", "/api/v1/nowhere?from=BTC", "/api/v1/Pairs/%22%3E%3Cscript%3E/"):
        async with browser.get(path) as response:
            assert (response.status, response.content_type) == (404, "text/html")
            assert response.headers["Content-Security-Policy"] == POLICY
            html = await response.text()
        assert "<h1>There is no such page</h1>" in html
        assert "script" not in html
        links = re.findall(r'href="([^"]+)"', html)
        assert len(links) == len(VIEWS) + 3
        for link in links:
            await text_of(browser, link)
    assert 'Did you mean <a href="/markets">/markets</a>?' in await text_of(browser, "/Markets/", 404)
    behind = {"X-Forwarded-Prefix": "/rates"}
    async with (
        running_crossrate(trusted_proxies=("127.0.0.0/8",)) as proxied,
        browser.get(f"{proxied}/a/b", headers=behind) as response,
    ):
        assert all(link.startswith("/rates/") for link in re.findall(r'href="([^"]+)"', await response.text()))
    async with browser.post("/nowhere") as posted, aiohttp.ClientSession(address) as program:
        assert (posted.status, posted.content_type) == (404, "application/problem+json")
        async with program.get("/nowhere") as asked:
            assert (asked.status, asked.content_type) == (404, "application/problem+json")


async def test_an_asset_is_compressed_and_kept_for_good_and_its_address_names_its_content(
    browser: aiohttp.ClientSession,
) -> None:
    (path,) = re.findall(r'href="(assets/[0-9a-f]{16}/page\.css)"', await text_of(browser, "/"))
    async with browser.get(f"/{path}") as response:
        assert response.headers["Content-Encoding"] == "gzip"
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        sent = await response.read()
        assert response.headers["Vary"] == "Accept-Encoding"
    for refused in ("identity", "br;q=1, gzip;q=0", "gzip; q=0.0, *", ""):
        async with browser.get(f"/{path}", headers={"Accept-Encoding": refused}) as response:
            assert "Content-Encoding" not in response.headers
            assert response.headers["Vary"] == "Accept-Encoding"
            assert await response.read() == sent
    source = (STATIC / "page.css").read_text()
    assert len(source) * 0.8 < len(sent) < len(source)
    assert sent.count(b"{") == source.count("{")
    for other in (re.sub("[0-9a-f]{16}", "0" * 16, path), path.replace("page.css", "README.md")):
        async with browser.get(f"/{other}") as response:
            assert response.status == 404


def test_all_files_together_are_small() -> None:
    sizes = {name: len(asset.compressed) for name, asset in assets().files.items()}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_our_modules_are_one_script_that_has_each_of_them_once() -> None:
    script = gzip.decompress(assets().files["app.js"].compressed).decode()
    assert re.findall(r"^import .*", script, re.MULTILINE) == [script.splitlines()[0]]
    assert not re.search(r"^export ", script, re.MULTILINE)
    ours = [path.read_text() for path in STATIC.rglob("*.js") if not path.is_relative_to(VENDOR)]
    names = [name for source in ours for name in TOP_LEVEL.findall(source)]
    assert len(names) > 100
    assert {name for name, count in Counter(names).items() if count > 1} == set(), "names of two modules"
    assert [name for name in names if not re.search(rf"\b(const|let|function|class) {name}\b", script)] == []


def test_foreign_files_are_as_they_were_published_with_their_licences() -> None:
    hashes = {
        name.removeprefix("vendor/"): hashlib.sha256(gzip.decompress(asset.compressed)).hexdigest()
        for name, asset in assets().files.items()
        if name.startswith("vendor/")
    }
    assert hashes == VENDORED
    for folder in VENDOR.iterdir():
        assert (folder / "LICENSE").stat().st_size > 500
        assert f"| `{folder.name}` |" in (STATIC / "README.md").read_text()
    assert (VENDOR / "htm-3.1.1" / "LICENSE-preact").exists()
