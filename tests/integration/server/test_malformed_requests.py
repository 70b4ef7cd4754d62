"""Bodies that are not JSON, and requests that are not HTTP."""

import asyncio
import json

import pytest

from tests.integration.rejections import is_rejected_body
from tests.integration.server.malformed_json import MALFORMED
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

CONVERT = b"POST /api/v1/convert HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"

BROKEN_HTTP = [
    b"GARBAGE\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 32 + b"\r\n\r\n",
    b"GET /health/live HTTP/9.9\r\n\r\n",
    b"GET /health/live FTP/1.1\r\n\r\n",
    b"GET  HTTP/1.1\r\n\r\n",
    b"G@T /health/live HTTP/1.1\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nno colon\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nbad name: 1\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX : 1\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    CONVERT + b"Content-Length: ten\r\n\r\n",
    CONVERT + b"Content-Length: -1\r\n\r\n",
    CONVERT + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}",
    CONVERT + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    CONVERT + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    CONVERT + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
]


async def sent_raw(service: Service, request: bytes) -> tuple[bytes, bytes]:
    """Send bytes as they are; return the head and the body of what comes back until the connection ends."""
    host, _, port = service.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
            return head, await reader.readexactly(int(length.split(b":")[1]))
    finally:
        writer.close()
        await writer.wait_closed()


def test_the_malformed_documents_are_many_and_different() -> None:
    assert len(MALFORMED) == len(set(MALFORMED)) >= 60


@pytest.mark.parametrize("body", MALFORMED, ids=lambda body: ascii(body.decode("utf-8")))
async def test_a_document_that_is_not_json_is_malformed(
    warm_service: Service, exchanges: SimulatedExchanges, body: bytes
) -> None:
    assert await is_rejected_body(warm_service, exchanges, body, 400)


@pytest.mark.parametrize("request_", BROKEN_HTTP, ids=lambda request: ascii(request[:60].decode("latin-1")))
async def test_invalid_http_is_answered_with_a_problem(
    warm_service: Service, exchanges: SimulatedExchanges, request_: bytes
) -> None:
    head, body = await sent_raw(warm_service, request_)
    problem = json.loads(body)
    assert head.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ")), head
    assert b"content-type: application/problem+json" in head.lower()
    assert problem["status"] == 400
    assert {"type", "title", "detail", "instance", "request_id"} < problem.keys()
    assert await exchanges.all_calls() == 0


async def test_a_client_that_disconnects_during_its_body_harms_nobody(
    warm_service: Service, exchanges: SimulatedExchanges
) -> None:
    host, _, port = warm_service.url.removeprefix("http://").partition(":")
    for _ in range(20):
        _, writer = await asyncio.open_connection(host, int(port))
        writer.write(CONVERT + b"Content-Length: 100\r\n\r\n{")
        await writer.drain()
        writer.close()
        await writer.wait_closed()
    assert (await warm_service.ask("GET", "/health/live")).status == 200
    assert await exchanges.all_calls() == 0
