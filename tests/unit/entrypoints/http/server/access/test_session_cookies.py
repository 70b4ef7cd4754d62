"""Which requests come from the page of the service itself."""

import pytest
from aiohttp import web
from multidict import CIMultiDict

from entrypoints.http.server.access.session_cookies import is_from_own_page
from tests.unit.entrypoints.http.server.harness import Harness

OWN = "http://crossrate.example"
OTHERS = "https://evil.example"


async def told(request: web.Request) -> web.StreamResponse:
    return web.Response(text=str(is_from_own_page(request)))


@pytest.mark.parametrize(
    ("headers", "is_own"),
    [
        ([], True),
        ([("Origin", OWN)], True),
        ([("Origin", OTHERS)], False),
        ([("Sec-Fetch-Site", "same-origin")], True),
        ([("Sec-Fetch-Site", "same-site"), ("Origin", OWN)], False),
        ([("Sec-Fetch-Site", "")], False),
        # No browser repeats one. Which of them is whose, nobody can tell.
        ([("Origin", OWN), ("Origin", OTHERS)], False),
        ([("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Site", "cross-site")], False),
    ],
)
async def test_every_such_header_must_name_its_own_origin(headers: list[tuple[str, str]], *, is_own: bool) -> None:
    sent = CIMultiDict([("Host", "crossrate.example"), *headers])
    async with Harness().serving(told) as client, client.get("/it", headers=sent) as response:
        assert await response.text() == str(is_own)
