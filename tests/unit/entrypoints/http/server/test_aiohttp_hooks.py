"""Every hook into aiohttp's inside still works with the installed release."""

import asyncio
from collections.abc import Iterator

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer
from aiohttp.web_protocol import RequestHandler
from yarl import URL

from entrypoints.http.server.aiohttp_hooks import (
    SingleWriteResponse,
    answer_unreadable_requests,
    bypass_router,
    is_without_request,
    listening_sockets,
    write_before_answer,
)

PATH = "/a/path"


async def routed(request: web.Request) -> web.Response:
    return web.Response(text=f"routed as {request.match_info.route.method}")


async def direct(_: web.Request) -> web.Response:
    return web.Response(text="direct")


def client(app: web.Application) -> TestClient[web.Request, web.Application]:
    return TestClient(TestServer(app))


def bypassed() -> web.Application:
    app = web.Application()
    app.router.add_route("*", PATH, routed)
    bypass_router(app, PATH, direct)
    return app


async def test_a_post_to_the_path_bypasses_the_router() -> None:
    async with client(bypassed()) as asking:
        for path in (PATH, f"{PATH}?a=1"):
            async with asking.post(path, data=b"1") as response:
                assert await response.text() == "direct"


async def test_everything_else_is_routed() -> None:
    async with client(bypassed()) as asking:
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


class Known(SingleWriteResponse):
    def head(self, length: int) -> bytes:
        return f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nX-Written-By: us\r\n\r\n".encode()

    def set_usual_headers(self) -> None:
        self.headers["X-Written-By"] = "aiohttp"


async def test_a_usual_answer_is_written_once_and_an_unusual_one_by_aiohttp() -> None:
    async def answer(_: web.Request) -> web.StreamResponse:
        return Known(b"body")

    app = web.Application()
    app.router.add_route("*", "/", answer)
    async with client(app) as asking:
        for method, headers, writer, body in [
            ("GET", {}, "us", b"body"),
            ("GET", {}, "us", b"body"),  # on the same connection
            ("HEAD", {}, "aiohttp", b""),
            ("GET", {"Connection": "close"}, "aiohttp", b"body"),
        ]:
            async with asking.request(method, "/", headers=headers) as response:
                assert response.headers["X-Written-By"] == writer
                assert await response.read() == body


@pytest.fixture
def restored_handler(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(RequestHandler, "handle_error", RequestHandler.handle_error)
    yield  # noqa: PT022 -- the fixture above restores what the test replaces


@pytest.mark.usefixtures("restored_handler")
async def test_what_is_not_http_gets_our_answer() -> None:
    reasons = []

    def answer(_: web.BaseRequest, status: int, error: BaseException | None) -> web.StreamResponse:
        reasons.append(type(error).__name__)
        return web.Response(status=status, text="ours")

    answer_unreadable_requests(answer)
    async with TestServer(web.Application()) as server:
        received = await exchange(server, b"nonsense\r\n\r\n")
    assert b" 400 " in received.splitlines()[0]
    assert received.endswith(b"ours")
    assert reasons == ["BadHttpMethod"]


async def test_bytes_before_the_answer_do_not_count_as_the_answer() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        await write_before_answer(request, b"HTTP/1.1 100 Continue\r\n\r\n")
        assert request.writer.output_size == 0
        return web.Response(text="answer")

    app = web.Application()
    app.router.add_get("/", answer)
    async with TestServer(app) as server:
        received = await exchange(server, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


async def test_a_connection_is_without_a_request_until_the_first_head_has_arrived() -> None:
    app = web.Application()
    app.router.add_get("/", direct)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    try:
        writer.write(b"GET / HTTP/1.1\r\n")
        await writer.drain()
        while not (runner.server and runner.server.connections):  # noqa: ASYNC110 -- aiohttp offers no event
            await asyncio.sleep(0.001)
        (connection,) = runner.server.connections
        assert is_without_request(connection)
        writer.write(b"Host: x\r\n\r\n")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert not is_without_request(connection)
    finally:
        writer.close()
        await runner.cleanup()


async def test_the_sockets_of_a_site_are_those_it_listens_on() -> None:
    runner = web.AppRunner(web.Application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    assert list(listening_sockets(site)) == []
    await site.start()
    assert [each.getsockname() for each in listening_sockets(site)] == runner.addresses
    await runner.cleanup()


async def exchange(server: BaseTestServer, sent: bytes) -> bytes:
    assert server.port is not None
    reader, writer = await asyncio.open_connection(server.host, server.port)
    writer.write(sent)
    try:
        async with asyncio.timeout(5):
            return await reader.read()
    finally:
        writer.close()
