"""A server on a real socket that answers exactly what a test sets, byte by byte, or fails on the wire."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum

from aiohttp import web
from aiohttp.test_utils import TestServer


class Fault(Enum):
    """What goes wrong below HTTP."""

    NONE = "none"
    RESET = "reset before the answer"
    CLOSED = "closed before the answer"
    NOT_HTTP = "no HTTP at all"
    HANGING = "no answer"
    HANGING_MIDWAY = "no more of the body"
    BROKEN_OFF = "closed midway in the body"


@dataclass(frozen=True)
class Reply:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    fault: Fault = Fault.NONE


class WireServer:
    """`replies` by path; `on_request` is called at each one before it is answered."""

    def __init__(self) -> None:
        self._forget()

    def _forget(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.paths: list[str] = []
        self.queries: list[dict[str, str]] = []
        self.on_request: Callable[[], None] = lambda: None
        self._closing = asyncio.Event()
        self._server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("/"))

    @asynccontextmanager
    async def running(self) -> AsyncIterator["WireServer"]:
        await self._start()
        try:
            yield self
        finally:
            await self.stop()

    async def begin_anew(self) -> None:
        """Forget all replies and requests, and start again if it was stopped."""
        server = self._server
        self._closing.set()
        self._forget()
        self._server = server
        if server is None:
            await self._start()

    async def stop(self) -> None:
        """From now on, connections are refused."""
        self._closing.set()
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _start(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._server = TestServer(app)
        await self._server.start_server()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.paths.append(request.path_qs)
        self.queries.append(dict(request.query))
        self.on_request()
        reply, closing = self.replies[request.path], self._closing
        if reply.fault in {Fault.RESET, Fault.CLOSED}:
            return _cut(request, is_reset=reply.fault is Fault.RESET)
        if reply.fault is Fault.NOT_HTTP:
            assert request.transport is not None
            request.transport.write(b"220 mail.example ESMTP\r\n")
            return _cut(request, is_reset=False)
        if reply.fault is Fault.HANGING:
            await closing.wait()
        if reply.fault in {Fault.HANGING_MIDWAY, Fault.BROKEN_OFF}:
            return await self._half(request, reply, closing)
        return web.Response(body=reply.body, status=reply.status, headers=reply.headers)

    async def _half(self, request: web.Request, reply: Reply, closing: asyncio.Event) -> web.StreamResponse:
        response = web.StreamResponse(status=reply.status, headers=reply.headers)
        response.content_length = len(reply.body)
        await response.prepare(request)
        await response.write(reply.body[: len(reply.body) // 2])
        if reply.fault is Fault.HANGING_MIDWAY:
            await closing.wait()
        return _cut(request, is_reset=False, response=response)


def _cut(request: web.Request, *, is_reset: bool, response: web.StreamResponse | None = None) -> web.StreamResponse:
    assert request.transport is not None
    if is_reset:
        request.transport.abort()
    else:
        request.transport.close()
    return response or web.Response()
