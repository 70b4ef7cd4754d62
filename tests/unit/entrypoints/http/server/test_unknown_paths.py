"""A path that is nearly right is told the right one; any other is told nothing of what exists."""

import pytest
from aiohttp import web

from tests.unit.entrypoints.http.server.harness import Harness


async def answer(_: web.Request) -> web.StreamResponse:
    return web.Response()


@pytest.mark.parametrize("path", ["/it/", "/it//", "/IT", "/It/", "/i%54/"])
async def test_the_path_that_was_meant_is_named(path: str) -> None:
    async with Harness().serving(answer) as client, client.post(path) as response:
        assert response.status == 404
        assert (await response.json())["detail"] == "There is no such path; write /it."


@pytest.mark.parametrize("path", ["/its", "/it/it", "/", "/it;a=1"])
async def test_no_other_path_is(path: str) -> None:
    async with Harness().serving(answer) as client, client.get(path) as response:
        assert response.status == 404
        assert "write" not in (await response.json())["detail"]
