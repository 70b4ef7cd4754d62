"""`/` links to everything else, in the form that the client accepts."""

import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from entrypoints.http.docs.index import get_index

Client = TestClient[web.Request, web.Application]

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    app = web.Application()
    app.router.add_get("/", get_index)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (BROWSER, "text/html"),
        ("text/html", "text/html"),
        ("TEXT/HTML;q=0.5", "text/html"),
        ("*/*", "application/json"),
        ("", "application/json"),
        ("application/json", "application/json"),
        ("text/html;q=0", "application/json"),
        ("text/html;q=0.4, application/json", "application/json"),
        ("text/html;q=nonsense", "application/json"),
    ],
)
async def test_the_accept_header_decides_the_form(client: Client, accept: str, content_type: str) -> None:
    async with client.get("/", headers={"Accept": accept}) as response:
        assert (response.status, response.content_type, response.headers["Vary"]) == (200, content_type, "Accept")


async def test_both_forms_have_the_same_links_and_each_is_relative(client: Client) -> None:
    async with client.get("/") as response:
        links = (await response.json())["links"]
    async with client.get("/", headers={"Accept": BROWSER}) as response:
        assert re.findall('href="([^"]+)"', await response.text()) == list(links.values())
    assert not any(link.startswith("/") for link in links.values())
