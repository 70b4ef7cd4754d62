"""Every hook into aiohttp's inside still works with the installed release."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestClient, TestServer
from aiohttp.web_protocol import RequestHandler

from entrypoints.http.server.aiohttp_hooks import (
    Lane,
    Unanswered,
    WatchedConnection,
    answer_unreadable_requests,
    listening_sockets,
    route_with,
    watch_connections,
    write_before_answer,
)

PATH = "/a/path"


async def routed(request: web.Request) -> web.Response:
    return web.Response(text=f"routed as {request.match_info.route.method}")


def client(app: web.Application) -> TestClient[web.Request, web.Application]:
    return TestClient(TestServer(app))


async def test_routes_are_found_by_what_is_put_in_the_place_of_the_router() -> None:
    routes = web.UrlDispatcher()
    routes.add_get("/found", routed)
    app = web.Application()
    route_with(app, routes.resolve)
    async with client(app) as asking:
        for path, status in [("/found", 200), ("/lost", 404)]:
            async with asking.get(path) as response:
                assert response.status == status


def test_a_route_that_would_never_be_found_is_refused() -> None:
    app = web.Application()
    route_with(app, web.UrlDispatcher().resolve)
    with pytest.raises(RuntimeError, match="/mine would never be found"):
        app.router.add_get("/mine", routed)
    with pytest.raises(RuntimeError, match="/others would never be found"):
        app.add_subapp("/others", web.Application())


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


class Watch:
    """Remembers the connections."""

    def __init__(self) -> None:
        self.connections: list[WatchedConnection] = []
        self.ended: list[WatchedConnection] = []

    def opened(self, connection: WatchedConnection) -> None:
        self.connections.append(connection)

    def lost(self, connection: WatchedConnection) -> None:
        self.ended.append(connection)

    def sent_too_much(self, connection: WatchedConnection) -> None:
        connection.drop()

    async def only(self) -> WatchedConnection:
        async with asyncio.timeout(5):
            while not self.connections:  # noqa: ASYNC110 -- aiohttp offers no event
                await asyncio.sleep(0.001)
        (connection,) = self.connections
        return connection


@asynccontextmanager
async def watched(
    max_head_bytes: int = 200, lane: Lane | None = None, keepalive_seconds: float = 75
) -> AsyncIterator[tuple[Watch, asyncio.StreamReader, asyncio.StreamWriter]]:
    async def slowly(request: web.Request) -> web.Response:
        if (request.content_length or 0) > 100_000:
            await asyncio.sleep(0.02)
        return web.Response(body=await request.read())

    app = web.Application()
    app.router.add_route("*", "/", slowly)
    runner, watch = web.AppRunner(app, keepalive_timeout=keepalive_seconds), Watch()
    await runner.setup()
    assert runner.server is not None
    watch_connections(runner.server, watch, max_head_bytes, lane)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    reader, writer = await asyncio.open_connection(*runner.addresses[0][:2])
    try:
        yield watch, reader, writer
    finally:
        writer.close()
        await runner.cleanup()


async def until(is_true: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not is_true():  # noqa: ASYNC110 -- aiohttp offers no event
            await asyncio.sleep(0.001)


async def test_a_watched_connection_reports_its_progress() -> None:
    async with watched() as (watch, reader, writer):
        connection = await watch.only()
        assert (connection.has_no_request, connection.is_idle, connection.head_began) == (True, True, None)
        assert connection.peer == "127.0.0.1"
        writer.write(b"POST / HTTP/1.1\r\n")
        await until(lambda: connection.head_began is not None)
        assert connection.has_no_request
        writer.write(b"Host: x\r\nContent-Length: 2\r\n\r\n1")
        await until(lambda: not connection.is_idle)
        assert (connection.has_no_request, connection.head_began) == (False, None)
        first = connection.used_at
        writer.write(b"2")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        await until(lambda: connection.is_idle)
        writer.write(b"GET / HTTP/1.1\r\n")
        await until(lambda: connection.head_began is not None)
        assert connection.used_at == first > 0
        assert connection.unwritten_bytes == 0
        writer.close()
        await until(lambda: watch.ended == [connection])
        assert connection.peer is None


async def test_parsing_goes_on_after_a_body_only_where_it_has_paused(monkeypatch: pytest.MonkeyPatch) -> None:
    resumed: list[bool] = []
    resume = RequestHandler.resume_reading

    def noted(connection: RequestHandler, resume_parser: bool = True) -> None:
        resumed.append(True)
        resume(connection, resume_parser)

    monkeypatch.setattr(RequestHandler, "resume_reading", noted)
    async with watched() as (_, reader, writer):
        for size, is_long in ((2, False), (900_000, True)):
            writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size + b"1" * size)
            await reader.readuntil(b"\r\n\r\n")
            assert await reader.readexactly(size) == b"1" * size
            assert (resumed != []) is is_long


async def test_a_connection_in_use_by_the_lane_stays_open_and_an_idle_one_is_closed() -> None:
    async with watched(lane=lambda _: b"answer", keepalive_seconds=0.6) as (watch, reader, writer):
        connection = await watch.only()
        for _ in range(5):
            await asyncio.sleep(0.2)
            writer.write(b"ask")
            assert await reader.readexactly(6) == b"answer"
        assert not connection.has_no_request
        assert connection.used_at > 0
        async with asyncio.timeout(5):
            assert await reader.read() == b""


async def test_the_lane_leaves_ever_more_requests_unread_that_it_reads_in_vain() -> None:
    sent = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    read: list[int] = []
    number, answer = 0, b""

    def lane(_: bytes) -> bytes | Unanswered:
        read.append(number)
        return answer or Unanswered.IN_VAIN

    async with watched(lane=lane) as (watch, reader, writer):
        connection = await watch.only()
        for number in range(50):
            answer = b"of the lane\r\n\r\n" if number == 47 else b""
            writer.write(sent)
            assert (await reader.readuntil(b"\r\n\r\n") == answer) is (number == 47)
            await until(lambda: connection.is_idle)
    assert read == [0, 1, 3, 7, 15, 31, 47, 48, 49]


async def test_the_lane_has_no_part_in_what_aiohttp_has_begun() -> None:
    asked: list[bytes] = []

    def lane(data: bytes) -> Unanswered:
        asked.append(data)
        return Unanswered.UNREAD

    async with watched(lane=lane) as (watch, reader, writer):
        connection = await watch.only()
        await until(lambda: connection.is_idle)
        for sent in (b"POST / HTTP/1.1\r\n", b"Host: x\r\nContent-Length: 2\r\n\r\n1", b"2"):
            writer.write(sent)
            await writer.drain()
            await asyncio.sleep(0.05)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert asked == [b"POST / HTTP/1.1\r\n"]
        await until(lambda: connection.is_idle)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: connection.is_idle and connection.used_at)
        await asyncio.sleep(0.05)
        writer.write(b"GET /")
        await until(lambda: len(asked) == 2)


def waiting(data: bytes) -> bytes | Unanswered:
    """Answer what has a body."""
    return Unanswered.BODY_TO_COME if data.endswith(b"\r\n\r\n") else b"of the lane"


HEAD_OF_TWO = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n"


async def test_a_head_waits_for_its_body_as_a_request_under_way() -> None:
    async with watched(lane=waiting) as (watch, reader, writer):
        connection = await watch.only()
        await until(lambda: connection.is_idle)
        writer.write(HEAD_OF_TWO)
        await until(lambda: not connection.is_idle)
        assert not connection.has_no_request
        writer.write(b"12")
        assert await reader.readexactly(11) == b"of the lane"
        assert connection.is_idle


async def test_a_head_that_waits_too_long_is_left_to_aiohttp_with_all_that_follows() -> None:
    async with watched(lane=waiting) as (watch, reader, writer):
        connection = await watch.only()
        await until(lambda: connection.is_idle)
        writer.write(HEAD_OF_TWO)
        await until(lambda: not connection.is_idle)
        connection.stop_waiting()
        await asyncio.sleep(0.02)  # until the handler waits
        writer.write(b"12")
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
        assert (await reader.readuntil(b"\r\n\r\n")).endswith(b"\r\n\r\n")
        assert await reader.readexactly(2) == b"12"


async def test_a_dropped_connection_is_closed_at_once() -> None:
    async with watched() as (watch, reader, _):
        (await watch.only()).drop()
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert await reader.read() == b""


@pytest.mark.parametrize("piece", [1, 7, 64, 1000])
async def test_the_limit_is_for_the_head_and_not_for_the_body(piece: int) -> None:
    start = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\nX: "
    longest = start + b"y" * (200 - len(start) - 4) + b"\r\n\r\n"
    assert len(longest) == 200
    async with watched() as (_, reader, writer):
        for sent, status in ((longest + b"z" * 1000, b"200"), (longest.replace(b"y", b"yy", 1), b"400")):
            for at in range(0, len(sent), piece):
                writer.write(sent[at : at + piece])
                await writer.drain()
                await asyncio.sleep(0)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.split()[1] == status
            if status == b"200":
                await reader.readexactly(1000)


async def test_many_requests_sent_at_once_on_one_connection_are_all_answered() -> None:
    sent = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 300\r\n\r\n" + b"z" * 300
    async with watched() as (_, reader, writer):
        writer.write(sent * 100)
        for _number in range(100):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(300) == b"z" * 300


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize(
    "body", [b"Content-Length: 2\r\n\r\nab", b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"]
)
@pytest.mark.parametrize("path", [b"/", b"/nowhere"])
async def test_a_request_to_upgrade_is_answered_and_its_connection_closed(path: bytes, body: bytes, late: bool) -> None:
    head = b"POST " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    end = body.index(b"\r\n\r\n") + 4
    async with watched() as (_, reader, writer):
        writer.write(head + (body[:end] if late else body))
        if late:
            await writer.drain()
            await asyncio.sleep(0.05)
            with suppress(ConnectionError):  # it may be closed by now, where nobody needs the body
                writer.write(body[end:])
                await writer.drain()
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                answer = await reader.read()
        assert answer.split()[1] == (b"200" if path == b"/" else b"404")
        assert b"connection: close" in answer.lower()


async def test_what_a_client_sends_over_a_websocket_is_no_head() -> None:
    async def echo(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            await socket.send_str(message.data)
        return socket

    app = web.Application()
    app.router.add_get("/", echo)
    watch = Watch()
    test_server = TestServer(app)
    async with TestClient(test_server) as asking:
        assert test_server.runner is not None
        assert test_server.runner.server is not None
        watch_connections(test_server.runner.server, watch, max_head_bytes=500)
        async with asking.ws_connect("/") as socket:
            for _ in range(30):
                await socket.send_str("x" * 20)
                assert await socket.receive_str(timeout=5) == "x" * 20
            assert (await watch.only()).head_began is None


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
