"""What goes past the router, and what does not."""

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.typedefs import Handler
from yarl import URL

from entrypoints.http.server.shortcut import answer_directly

PATH = "/a/path"


async def routed(request: web.Request) -> web.Response:
    return web.Response(text=f"routed as {request.match_info.route.method}")


async def direct(_: web.Request) -> web.Response:
    return web.Response(text="direct")


async def noted(request: web.Request, handler: Handler, route: str | None) -> web.StreamResponse:
    response = await handler(request)
    response.headers["Route"] = str(route)
    return response


def client() -> TestClient[web.Request, web.Application]:
    app = web.Application()
    app.router.add_route("*", PATH, routed)
    answer_directly(app, PATH, direct, noted)
    return TestClient(TestServer(app))


async def test_a_post_to_the_path_is_answered_without_being_routed() -> None:
    async with client() as asking:
        for path in (PATH, f"{PATH}?a=1"):
            async with asking.post(path, data=b"1") as response:
                assert (await response.text(), response.headers["Route"]) == ("direct", PATH)


async def test_everything_else_is_routed() -> None:
    async with client() as asking:
        for method, path, headers, answer in [
            ("GET", PATH, {}, "routed as *"),
            ("PUT", PATH, {}, "routed as *"),
            ("POST", PATH, {"Expect": "100-continue"}, "routed as *"),
            ("POST", "/a/%70ath", {}, "routed as *"),
            ("POST", "/a/path/", {}, "404: Not Found"),
            ("POST", "/A/path", {}, "404: Not Found"),
        ]:
            async with asking.request(method, URL(path, encoded=True), headers=headers) as response:
                assert await response.text() == answer
                assert "Route" not in response.headers
