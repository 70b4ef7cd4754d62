"""`/api/v1/stream`: rates as they change, as server-sent events or over a WebSocket."""

import asyncio
import random
import secrets
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import WSCloseCode, WSMsgType, hdrs, web

from application.ports.rate_limiter import Group
from application.rates.live_watch import LiveRate, Watch, WatchedPair
from domain.identity.api_key import Scope
from domain.rates.conversion import Conversion
from entrypoints.http.limits import STREAM_LIMIT
from entrypoints.http.rates.stream_requests import StreamQuery
from entrypoints.http.rates.stream_schemas import RATE_WRITER
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.app_keys import CONTAINER, REQUEST_METER
from entrypoints.http.server.connections import STOPPED_READING
from entrypoints.http.server.endpoint import Endpoint, OtherAnswer
from entrypoints.http.server.long_answers import made_in_turns
from entrypoints.http.server.path_prefix import path_prefix
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES
from entrypoints.http.server.request_query import request_in_query

# Proxies close what is silent for longer, and a client that has gone is noticed.
HEARTBEAT_SECONDS = 15.0
HEARTBEAT = b":\n\n"  # a comment

# Keys and sessions are checked when a stream begins, so a stream ends within the hour and the client begins another.
LONGEST_SECONDS = (3000.0, 3600.0)

# Clients reconnect after this time, so that those of a stopped process do not all come at once.
RETRY_MILLISECONDS = (1000, 3000)

# A client that takes longer to read what is sent is dropped.
SEND_SECONDS = 10.0

# A change reaches all streams at once. Those that have more to send take turns, so that others are answered in between.
RATES_AT_ONCE = 5

# Clients have nothing to say.
MAX_MESSAGE_BYTES = 1024

LONGEST_VERSION = 15


log = structlog.get_logger()

# Versions mean something in one process only, until it ends.
_PROCESS = secrets.token_hex(4).encode()


@dataclass(frozen=True, slots=True)
class _Asked:
    query: StreamQuery
    seen_version: int
    prefix: str

    @property
    def watched(self) -> list[WatchedPair]:
        return [WatchedPair(pair, self.query.rate_type) for pair in self.query.pairs]


async def get_stream(request: web.Request) -> web.StreamResponse:
    """Stream rates until the client goes, over a WebSocket if it asks for one."""
    query = request_in_query(request, StreamQuery)
    seen_version = _seen_version(request.headers.get("Last-Event-ID", ""))
    asked = _Asked(query, seen_version, path_prefix(request, request.app[TRUSTED_PROXIES]))
    request.app[STREAM_LIMIT].check()
    if request.headers.get(hdrs.UPGRADE, "").strip().lower() == "websocket":
        return await _over_websocket(request, asked)
    return EventStream(request, asked)


class EventStream(web.StreamResponse):
    """Server-sent events. They follow the head, which is completed after the handler."""

    def __init__(self, request: web.Request, asked: _Asked) -> None:
        super().__init__(headers={hdrs.CACHE_CONTROL: "no-store", "X-Accel-Buffering": "no"})
        self.content_type = "text/event-stream"
        self.charset = "utf-8"
        self._request = request
        self._asked = asked

    async def write_eof(self, data: bytes = b"") -> None:
        """Send rates as they change, and then the end."""
        with _watching(self._request, self._asked) as watch:
            await self._send(b"retry: %d\n\n" % random.randint(*RETRY_MILLISECONDS))  # noqa: S311 -- no secret
            ends_at = _end()
            while not watch.is_over and time.monotonic() < ends_at:
                rates = await watch.changes(HEARTBEAT_SECONDS)
                events = await made_in_turns(self._request.app, rates, self._event, RATES_AT_ONCE)
                await self._send(b"".join(events) or HEARTBEAT)
        await super().write_eof(data)

    def _event(self, rate: LiveRate) -> bytes:
        kind = b"" if isinstance(rate.outcome, Conversion) else b"event: problem\n"
        return b"id: %b-%d\n%bdata: %b\n\n" % (_PROCESS, rate.version, kind, _written(self._request, self._asked, rate))

    async def _send(self, data: bytes) -> None:
        async with _dropping_slow(self._request):
            await self.write(data)


async def _over_websocket(request: web.Request, asked: _Asked) -> web.StreamResponse:
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_MESSAGE_BYTES, compress=False)
    with _watching(request, asked) as watch:
        await socket.prepare(request)
        sending = asyncio.create_task(_send(socket, request, asked, watch))
        hearing = asyncio.create_task(_hear(socket))
        try:
            await asyncio.wait([sending, hearing], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, hearing):
                task.cancel()
            await asyncio.wait([sending, hearing])
        if not sending.cancelled() and sending.exception() is not None:
            log.error("live_rates_failed", exc_info=sending.exception())
            await socket.close(code=WSCloseCode.INTERNAL_ERROR)
    return socket


async def _hear(socket: web.WebSocketResponse) -> None:
    """Answer pings until the client closes, or says what nobody asked it."""
    said = await socket.receive()
    if said.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
        await socket.close(code=WSCloseCode.UNSUPPORTED_DATA, message=b"this stream takes no messages")


async def _send(socket: web.WebSocketResponse, request: web.Request, asked: _Asked, watch: Watch) -> None:
    ends_at = _end()
    with suppress(ConnectionError):
        while not watch.is_over and time.monotonic() < ends_at:
            rates = await watch.changes(HEARTBEAT_SECONDS)
            write = partial(_written, request, asked)
            for message in await made_in_turns(request.app, rates, write, RATES_AT_ONCE):
                async with _dropping_slow(request):
                    await socket.send_frame(message, WSMsgType.TEXT)
        await socket.close(code=WSCloseCode.GOING_AWAY)


@contextmanager
def _watching(request: web.Request, asked: _Asked) -> Iterator[Watch]:
    app = request.app
    with (
        app[STREAM_LIMIT].counted(),
        app[REQUEST_METER].streaming(),
        app[CONTAINER].rates().live_rates().watch(asked.watched, asked.seen_version) as watch,
    ):
        yield watch


@asynccontextmanager
async def _dropping_slow(request: web.Request) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(SEND_SECONDS):
            yield
    except TimeoutError as error:
        request.app[REQUEST_METER].connections_closed(STOPPED_READING, 1)
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionAbortedError("the client does not read") from error


def _written(request: web.Request, asked: _Asked, rate: LiveRate) -> bytes:
    writer = request.app[RATE_WRITER]
    return writer.written(rate, include_route=asked.query.include_route, prefix=asked.prefix)


def _end() -> float:
    return time.monotonic() + random.uniform(*LONGEST_SECONDS)  # noqa: S311 -- no secret


def _seen_version(last_event_id: str) -> int:
    """Return the version that the client has seen, 0 if it saw none of this process."""
    process, _, version = last_event_id.partition("-")
    is_version = version.isascii() and version.isdigit() and len(version) <= LONGEST_VERSION
    return int(version) if is_version and process == _PROCESS.decode() else 0


STREAM = Endpoint(
    method="GET",
    path="/api/v1/stream",
    handler=get_stream,
    id="stream",
    tag="Conversion",
    summary="Stream rates as they change",
    description="Server-sent events, or a WebSocket if the request asks to upgrade: first the rate of each pair by its "
    "best route, then again each time it changes. A slow client misses rates in between, never the latest. No price is "
    "older than a minute; a pair without a rate gets an event `problem`. The stream ends within the hour; clients then "
    "connect again, and with `Last-Event-ID` receive only what has changed.",
    access=AsConfigured(Scope.CONVERT, Group.CONVERT),
    query=StreamQuery,
    answer=OtherAnswer(
        "Events whose data is JSON: `pair`, `rate`, `exchange` and `updated_at`, or `pair` and `problem`.",
        "text/event-stream",
        "object",
    ),
    problems=(OVERLOADED,),
    never_fails=True,
)

ENDPOINTS = (STREAM,)
