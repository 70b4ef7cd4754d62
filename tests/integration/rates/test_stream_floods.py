"""Whoever floods a WebSocket with frames stops nothing and is dropped."""

import asyncio
import base64
import secrets
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web

from entrypoints.http.server import draining
from entrypoints.http.server.draining import DrainingRunner
from entrypoints.http.server.frame_limit import MOST_BYTES
from tests.servers.service import service_app
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually

MASK = b"\x00\x00\x00\x00"
PING, PONG = b"\x89\x80" + MASK, b"\x8a\x80" + MASK
ANSWER_TO_PING = b"\x8a\x00"
BEGIN, NOTHING_MORE_YET = b"\x01\x80" + MASK, b"\x00\x80" + MASK  # of a message without end

PROTOCOL_ERROR = (1002).to_bytes(2)

# All of it arrives in one packet of the event loop; read whole, it took half a second.
AT_ONCE = 40_000
MOST_PINGS = MOST_BYTES // len(PING)

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def streaming(
    moving_exchanges: SimulatedExchanges, fresh_client: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Service]:
    """A service that counts what it has dropped soon."""
    monkeypatch.setattr(draining, "CHECK_SECONDS", 0.2)
    runner = DrainingRunner(service_app(moving_exchanges.url), 0)
    runner.hurry()
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield Service(f"http://127.0.0.1:{runner.addresses[0][1]}", fresh_client)
    finally:
        await runner.cleanup()


@asynccontextmanager
async def opened(service: Service, first_frames: bytes = b"", extensions: bytes = b"") -> AsyncIterator[Stream]:
    """Open a WebSocket, with frames in the same packet as the request."""
    place = urlsplit(service.url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    key = base64.b64encode(secrets.token_bytes(16))
    head = b"GET /api/v1/stream?pairs=EUR/NOTHING HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    head += extensions
    writer.write(head + b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + b"\r\n\r\n" + first_frames)
    try:
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b"extensions" not in answer.lower()
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def rest(reader: asyncio.StreamReader) -> bytes:
    """Return what comes until the connection ends."""
    received = b""
    with suppress(ConnectionError):  # the service drops what it has not read
        async with asyncio.timeout(20):
            while piece := await reader.read(65536):
                received += piece
    return received


async def has_dropped(service: Service) -> bool:
    metrics = (await service.ask("GET", "/metrics")).body.decode()
    return 'crossrate_connections_closed_total{reason="too_many_frames"} 1.0' in metrics


@pytest.mark.parametrize(
    "flood",
    [PING * AT_ONCE, PONG * AT_ONCE, BEGIN + NOTHING_MORE_YET * AT_ONCE],
    ids=["pings", "pongs", "a message without end"],
)
@pytest.mark.parametrize("is_with_the_request", [False, True], ids=["afterwards", "with the request"])
async def test_a_flood_of_frames_is_hardly_read_and_ends_the_connection(
    streaming: Service, flood: bytes, is_with_the_request: bool
) -> None:
    async with opened(streaming, flood if is_with_the_request else b"") as (reader, writer):
        if not is_with_the_request:
            writer.write(flood)
        received = await rest(reader)
    assert received.count(ANSWER_TO_PING) <= MOST_PINGS + 1
    await eventually(lambda: has_dropped(streaming))


@pytest.mark.parametrize("is_offered", [False, True])
async def test_a_compressed_message_is_not_inflated(streaming: Service, *, is_offered: bool) -> None:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    bomb = packing.compress(bytes(900_000)) + packing.flush(zlib.Z_SYNC_FLUSH)[:-4]
    assert 125 < len(bomb) < MOST_BYTES
    offer = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n" if is_offered else b""
    async with opened(streaming, extensions=offer) as (reader, writer):
        writer.write(b"\xc1\xfe" + len(bomb).to_bytes(2) + MASK + bomb)
        assert PROTOCOL_ERROR in await rest(reader)


async def test_a_client_that_pings_now_and_then_gets_each_answer(streaming: Service) -> None:
    async with opened(streaming) as (reader, writer):
        for _ in range(20):
            writer.write(PING)
            async with asyncio.timeout(20):
                await reader.readuntil(ANSWER_TO_PING)
        assert not await has_dropped(streaming)
