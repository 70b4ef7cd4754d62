"""Connections that send no request in time are closed, and no address can take every connection."""

import asyncio
import resource
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import pytest
from aiohttp import web, web_urldispatcher
from structlog.testing import capture_logs

from entrypoints.http.router import ROUTER
from entrypoints.http.server import connections, draining
from entrypoints.http.server.aiohttp_hooks import route_with
from entrypoints.http.server.draining import DrainingRunner
from tests.servers.service import service_app
from tests.waiting import eventually

NOTHING_LISTENS_HERE = "http://127.0.0.1:1"
ALIVE = b'{"status":"alive"}'
ASK = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
BIG = 8 * 1024 * 1024
PIECE = b"x" * 64 * 1024
UPGRADE = HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 4\r\n\r\n"

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Server:
    port: int

    async def open(self) -> Stream:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def metric(self, reason: str) -> float:
        reader, writer = await self.open()
        writer.write(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        text = (await reader.read()).decode()
        writer.close()
        name = f'crossrate_connections_closed_total{{reason="{reason}"}} '
        return float(next((line for line in text.splitlines() if line.startswith(name)), f"{name}0").split()[-1])


@asynccontextmanager
async def running(most_of_an_address: int = 0, **settings: object) -> AsyncIterator[Server]:
    app = service_app(NOTHING_LISTENS_HERE, **settings)

    async def much(_: web.Request) -> web.Response:
        return web.Response(body=b"x" * BIG)

    async def rows(_: web.Request) -> web.Response:
        async def pieces() -> AsyncIterator[bytes]:
            for _ in range(BIG // len(PIECE)):
                yield PIECE

        return web.Response(body=pieces())

    long_answers = web.UrlDispatcher()
    long_answers.add_get("/much", much)
    long_answers.add_get("/rows", rows)

    async def resolve(request: web.Request) -> web_urldispatcher.UrlMappingMatchInfo:
        found = await long_answers.resolve(request)
        return found if found.http_exception is None else await app[ROUTER].resolve(request)

    route_with(app, resolve)
    runner = DrainingRunner(app, 0, most_of_an_address)
    runner.hurry()
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Server(runner.addresses[0][1])
    finally:
        await runner.cleanup()


@pytest.fixture
async def impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """A service that waits only half a second."""
    monkeypatch.setattr(draining, "CHECK_SECONDS", 0.2)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(connections, "WRITE_SECONDS", 0.5)
    async with running() as server:
        yield server


async def answered(stream: Stream) -> bytes:
    """Ask whether the service is alive, and return the body of the answer."""
    reader, writer = stream
    writer.write(ASK)
    async with asyncio.timeout(5):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
        return await reader.readexactly(len(ALIVE))


async def is_closed(stream: Stream) -> bool:
    """Wait for the other end to close, and tell whether it did so without an answer."""
    try:
        async with asyncio.timeout(5):
            return await stream[0].read() == b""
    except ConnectionResetError:
        return True
    finally:
        stream[1].close()


async def trickle(stream: Stream, first: bytes) -> None:
    stream[1].write(first)
    while not stream[1].is_closing():
        stream[1].write(b"x")
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("first", [b"", HEAD + b"X-Slow: "], ids=["nothing", "a trickle"])
async def test_a_connection_without_a_request_is_closed(impatient: Server, first: bytes) -> None:
    stream = await impatient.open()
    trickling = asyncio.create_task(trickle(stream, first)) if first else None
    assert await is_closed(stream)
    if trickling is not None:
        trickling.cancel()
    assert await impatient.metric("no_request") == 1


async def test_a_connection_may_idle_after_a_request(impatient: Server) -> None:
    stream = await impatient.open()
    for _ in range(2):
        assert await answered(stream) == ALIVE
        await asyncio.sleep(0.8)  # longer than a head may take
    stream[1].close()


async def test_every_head_has_a_deadline(impatient: Server) -> None:
    stream = await impatient.open()
    assert await answered(stream) == ALIVE
    trickling = asyncio.create_task(trickle(stream, HEAD + b"X-Slow: "))
    with capture_logs() as logs:
        assert await is_closed(stream)
        await eventually(lambda: is_true(logs))
    trickling.cancel()
    [line] = [each for each in logs if each["event"] == "connections_closed"]
    assert (line["reason"], line["count"]) == ("slow_head", 1)


async def is_true(logs: Sequence[object]) -> bool:
    return bool(logs)


async def test_a_body_has_the_time_that_its_reader_gives_it(impatient: Server) -> None:
    stream = await impatient.open()
    stream[1].write(
        b"POST /api/v1/convert HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{"
    )
    await asyncio.sleep(1.5)  # longer than a head may take
    stream[1].write(b"}")
    assert (await stream[0].readline()).startswith(b"HTTP/1.1 422")
    stream[1].close()


@pytest.mark.parametrize("path", ["/much", "/rows"], ids=["a body", "a stream, as exports are"])
async def test_a_client_that_stops_reading_is_dropped_and_one_that_reads_slowly_is_not(
    impatient: Server, path: str
) -> None:
    stopped, slow = await impatient.open(), await impatient.open()
    for _, writer in (stopped, slow):
        writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    stopped[1].transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's own transport can

    async def read_slowly() -> int:
        got = 0
        while piece := await slow[0].read(200_000):
            got += len(piece)
            if got >= BIG:
                break
            await asyncio.sleep(0.05)
        return got

    assert await read_slowly() >= BIG
    await eventually(lambda: has_dropped(impatient))
    for _, writer in (stopped, slow):
        writer.close()


async def has_dropped(server: Server) -> bool:
    return await server.metric("stopped_reading") == 1


@pytest.mark.parametrize(
    "head",
    [
        HEAD + b"".join(b"X-%d: y\r\n" % number for number in range(70)) + b"\r\n",
        HEAD + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 4000) for number in range(5)) + b"\r\n",
        HEAD + b"X: " + b"y" * 9000 + b"\r\n\r\n",
        b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["70 headers", "20 kB together", "a header of 9 kB", "a path of 9 kB"],
)
@pytest.mark.parametrize("is_whole", [True, False], ids=["at once", "in pieces"])
async def test_a_head_is_limited_in_size(head: bytes, is_whole: bool) -> None:
    async with running() as server:
        reader, writer = await server.open()
        try:
            for start in range(0, len(head), len(head) if is_whole else 3000):
                writer.write(head[start : start + (len(head) if is_whole else 3000)])
                await writer.drain()
                await asyncio.sleep(0 if is_whole else 0.01)
            async with asyncio.timeout(5):
                answer = await reader.read()
        except ConnectionResetError:
            return  # it had answered and closed before everything was sent
        finally:
            writer.close()
        assert answer.split()[1] == b"400"
        assert b"malformed-request" in answer


async def test_an_ordinary_head_of_a_browser_behind_proxies_is_read() -> None:
    cookies = b"Cookie: " + b"a=b; " * 800
    head = HEAD + cookies + b"\r\n" + b"".join(b"X-%d: %s\r\n" % (number, b"y" * 100) for number in range(50))
    async with running() as server:
        reader, writer = await server.open()
        for sent in (head + b"\r\n", (head + b"\r\n") * 5):
            writer.write(sent)
            for _ in range(sent.count(b"GET")):
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
                assert await reader.readexactly(len(ALIVE)) == ALIVE
        writer.close()


async def test_one_address_has_no_more_connections_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "CHECK_SECONDS", 0.2)
    async with running(most_of_an_address=3) as server:
        streams = [await server.open() for _ in range(3)]
        for stream in streams:
            assert await answered(stream) == ALIVE
        assert await is_closed(await server.open())
        streams.pop()[1].close()

        async def has_room() -> bool:
            stream = await server.open()
            try:
                return await answered(stream) == ALIVE
            except (asyncio.IncompleteReadError, ConnectionResetError):
                return False
            finally:
                stream[1].close()

        await eventually(has_room)
        for _, writer in streams:
            writer.close()


async def test_a_trusted_proxy_may_open_any_number_of_connections() -> None:
    async with running(most_of_an_address=3, trusted_proxies=("127.0.0.0/8",)) as server:
        streams = [await server.open() for _ in range(10)]
        for stream in streams:
            assert await answered(stream) == ALIVE
            stream[1].close()


async def test_without_room_the_connections_idle_longest_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draining, "most_connections", lambda: 5)
    async with running() as server:
        streams = [await server.open() for _ in range(5)]
        for stream in streams:
            assert await answered(stream) == ALIVE
        assert await answered(streams[0]) == ALIVE
        newest = await server.open()
        assert await answered(newest) == ALIVE
        assert await is_closed(streams[1])
        for stream in (streams[0], *streams[2:], newest):
            assert await answered(stream) == ALIVE
            stream[1].close()


def test_the_limit_of_open_files_bounds_the_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    for soft, most in [(400, 300), (1_048_576, 10_000), (50, 1), (resource.RLIM_INFINITY, 10_000)]:
        monkeypatch.setattr(resource, "getrlimit", lambda _, soft=soft: (soft, soft))
        assert connections.most_connections() == most


async def test_after_a_request_to_upgrade_whose_body_comes_late_no_connection_is_left_without_an_answer() -> None:
    async with running() as server:
        reader, writer = await server.open()
        writer.write(UPGRADE)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in head.lower()
        writer.write(b"late" + ASK)
        async with asyncio.timeout(5):
            with suppress(ConnectionResetError):
                assert ALIVE + b"HTTP" not in await reader.read()
        writer.close()
