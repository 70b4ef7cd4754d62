"""What relies on aiohttp's internals, where it has no public interface; `chunk_limit.py` beside it does as well.

Each hook says why it exists; `tests/unit/entrypoints/http/server/test_aiohttp_hooks.py` fails when a release of aiohttp
breaks one. Those that only save time are measured by `python -m benchmarks.hooks`; decision 0018 has the figures.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from enum import Enum, auto
from typing import Any, NoReturn, Protocol

from aiohttp import EMPTY_PAYLOAD, hdrs, web, web_urldispatcher
from aiohttp.http_exceptions import LineTooLong
from aiohttp.web_protocol import RequestHandler

from entrypoints.http.server.chunk_limit import TooManyChunks, limit_chunks
from entrypoints.http.server.frame_limit import FrameAllowance


def route_with(
    app: web.Application, find: Callable[[web.Request], Awaitable[web_urldispatcher.UrlMappingMatchInfo]]
) -> None:
    """Have `find` say which handler answers a request.

    It replaces a method, since an application accepts no other router. Whatever is added to the application's own
    routes would never be found, so adding raises `RuntimeError`.
    """
    app.router.resolve = find  # type: ignore[method-assign, assignment]  # see above
    app.router.register_resource = _refuse_route  # type: ignore[method-assign]  # all ways to add a route lead here


def _refuse_route(resource: web.AbstractResource) -> NoReturn:
    raise RuntimeError(f"{resource.canonical} would never be found here: make it an Endpoint of a feature")


_END_OF_HEAD = b"\r\n\r\n"

ErrorAnswer = Callable[[web.BaseRequest, int, BaseException | None], web.StreamResponse]


def answer_unreadable_requests(answer: ErrorAnswer) -> None:
    """Have `answer` respond to input that is not HTTP, and to errors outside handlers, in all applications.

    aiohttp answers those in plain text before any middleware. It replaces a method since `web.AppRunner`, which
    gunicorn's worker makes by itself, accepts no other request handler.
    """

    def handle_error(
        handler: RequestHandler,  # noqa: ARG001 -- self, as aiohttp calls it
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG001 -- aiohttp's text, which quotes the sender's bytes
    ) -> web.StreamResponse:
        response = answer(request, status, exc)
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun already, so the connection can only be closed")
        response.force_close()
        return response

    RequestHandler.handle_error = handle_error  # type: ignore[method-assign, assignment]  # see above


def answer_expectations(answer: Callable[[web.Request], Awaitable[None]]) -> None:
    """Have `answer` deal with `Expect` on all routes made from now on, those of unknown paths and methods included.

    aiohttp's own handler answers in plain text, before any middleware, with its version and what the sender wrote.
    Routes take a handler, except those that aiohttp makes by itself.
    """
    web_urldispatcher._default_expect_handler = answer  # type: ignore[assignment]  # noqa: SLF001 -- see above


async def write_before_answer(request: web.BaseRequest, data: bytes) -> None:
    """Write bytes that precede the answer, such as `100 Continue`.

    aiohttp's own handler of expectations writes them in this way; `output_size` tells it whether the answer has begun.
    """
    await request.writer.write(data)
    request.writer.output_size = 0


class ConnectionWatch(Protocol):
    """Keeps track of connections."""

    def opened(self, connection: "WatchedConnection") -> None:
        """Note a new connection, and drop it if there is no room for it."""
        ...

    def lost(self, connection: "WatchedConnection") -> None:
        """Note that a connection has ended."""
        ...

    def sent_too_much(self, connection: "WatchedConnection") -> None:
        """Drop a connection whose client has sent more frames than it may, unless it has ended."""
        ...


class Unanswered(Enum):
    """Why a lane has no answer to what has arrived."""

    UNREAD = auto()  # it is aiohttp's, as the first look shows
    IN_VAIN = auto()  # it is aiohttp's, as only reading the body showed
    BODY_TO_COME = auto()  # a whole head, after which clients often send the body by itself


# Returns the whole answer to what has arrived on an idle connection.
Lane = Callable[[bytes], bytes | Unanswered]

# For the close frame that says what was wrong, where the client broke the protocol as well.
FAREWELL_SECONDS = 1.0

# Whoever asks what the lane cannot answer often asks only that. So after each body in a row that it has read in vain,
# it leaves more requests of the connection to aiohttp unread: 0, 1, 3, 7, and at most this many.
MOST_UNREAD = 15


class WatchedConnection(RequestHandler):
    """A connection that limits the size of a head and reports its progress.

    aiohttp bounds each header but not all of them together, has one timeout for unfinished heads and idle connections,
    does not say what a connection waits for, and reads as many frames of a WebSocket as come.
    """

    __slots__ = (
        *("_frames", "_heads", "_held", "_is_parsing_paused", "_lane", "_next_unread", "_unread", "_watch"),
        "chunks",
    )

    def __init__(
        self,
        manager: web.Server,
        watch: ConnectionWatch,
        max_head_bytes: int,
        lane: Lane | None,
        **arguments: Any,  # noqa: ANN401 -- whatever aiohttp passes on
    ) -> None:
        super().__init__(manager, **arguments)
        self.chunks = 0
        self._frames: FrameAllowance | None = None
        self._lane = lane
        self._is_parsing_paused = False
        self._unread = self._next_unread = 0
        self._held = b""  # a head for the lane, whose body has not come yet
        self._heads = _BoundedHeads(self._parser, max_head_bytes, counts_bodies=lane is not None)
        self._parser = self._heads  # type: ignore[assignment]  # it wraps the parser
        self._watch = watch

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Start watching."""
        super().connection_made(transport)
        self._watch.opened(self)

    def pause_reading(self) -> None:
        """Note that parsing pauses."""
        self._is_parsing_paused = True
        super().pause_reading()

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Go on parsing, if it has paused. Saves time: aiohttp does so after every body, for nothing."""
        if self._is_parsing_paused:
            self._is_parsing_paused = False
            super().resume_reading(resume_parser)

    def data_received(self, data: bytes) -> None:
        """Have the lane answer what has arrived, or else aiohttp: all of it, or nothing if it makes a head too long.

        The error keeps every frame on its way alive, this one too, and so the up to 256 kB that a frame may hold.
        """
        if self._lane is not None:
            held, self._held = self._held, b""
            waiter = self._waiter  # `is_idle`, but faster
            if (
                (waiter is not None and not waiter.done())
                and self._heads.missing_bytes == 0
                and not self.writing_paused
            ):
                if self._unread:
                    self._unread -= 1
                elif self._is_for_lane(data, self._lane(held + data)):
                    return
            if held:  # as it came: of what comes together, aiohttp drops all that precedes something malformed
                self._leave_to_aiohttp(held)
        self._leave_to_aiohttp(data)

    def _leave_to_aiohttp(self, data: bytes) -> None:
        if self._upgraded:  # a stream's frames are no heads
            data = self._admitted_frames(data)
        elif not self._heads.admits(data):
            if self._heads.has_failed:
                return
            data = b""
        super().data_received(data)
        if self._message_tail and self._upgraded and self._frames is None:  # frames that came with the head
            self._message_tail = self._admitted_frames(self._message_tail)

    def _admitted_frames(self, data: bytes) -> bytes:
        now = self._loop.time()
        if self._frames is None:
            self._frames = FrameAllowance(now)
        was_exceeded = self._frames.is_exceeded
        read = self._frames.admitted(data, now)
        if self._frames.is_exceeded and not was_exceeded:
            self._loop.call_later(FAREWELL_SECONDS, self._watch.sent_too_much, self)
        if self._frames.is_exceeded and self.transport is not None:
            self.transport.pause_reading()  # of any connection, and harmless if paused
        return read

    def _is_for_lane(self, data: bytes, answer: bytes | Unanswered) -> bool:
        """Write the lane's answer, or keep a head for it; tell whether there is either."""
        if self.transport is None or self._manager is None:
            return False
        if isinstance(answer, bytes):
            self.transport.write(answer)
            self._manager.requests_count += 1  # after so many, gunicorn's `--max-requests` ends a worker
            self._next_unread = 0
        elif answer is Unanswered.BODY_TO_COME:
            self._held = data
        else:
            if answer is Unanswered.IN_VAIN:
                self._unread, self._next_unread = self._next_unread, min(2 * self._next_unread + 1, MOST_UNREAD)
            return False
        self._heads.arrived = now = self._loop.time()
        self._next_keepalive_close_time = now + self.keepalive_timeout
        return True

    def stop_waiting(self) -> None:
        """Leave a head whose body has not come to aiohttp, which knows how long to wait for it."""
        if self._held:
            held, self._held = self._held, b""
            self._leave_to_aiohttp(held)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Stop watching."""
        self._watch.lost(self)
        super().connection_lost(exc)

    @property
    def peer(self) -> str | None:
        """The address of the other end, None for a Unix socket or a connection that has ended."""
        name = None if self.transport is None else self.transport.get_extra_info("peername")
        return name[0] if isinstance(name, tuple) else None

    @property
    def has_no_request(self) -> bool:
        """Whether no complete head has arrived yet."""
        return not self._heads.arrived

    @property
    def is_idle(self) -> bool:
        """Whether it waits for a request, be it the first or the next."""
        return self._waiter is not None and not self._waiter.done() and not self._held

    @property
    def head_began(self) -> float | None:
        """When the unfinished head began, by the loop's clock; None without one."""
        return self._heads.began

    @property
    def used_at(self) -> float:
        """When the last head arrived, by the loop's clock; 0 if none has."""
        return self._heads.arrived

    @property
    def unwritten_bytes(self) -> int:
        """How many written bytes the other end has not read."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()

    def drop(self) -> None:
        """Close it at once and discard what has not been sent."""
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()


# Bytes may be missing, but nobody knows how many.
UNSURE = -1


class _BoundedHeads:
    """Wraps a connection's parser, and fails on a head that is too long."""

    def __init__(self, parser: Any, max_bytes: int, *, counts_bodies: bool) -> None:  # noqa: ANN401 -- written in C
        self._parser = parser
        self._feed = parser.feed_data
        self.message_consumed = parser.message_consumed  # of each request, and quicker so than by `__getattr__`
        self._max_bytes = max_bytes
        self._counts_bodies = counts_bodies
        self._body: Any = None
        self._bytes = 0
        self._is_too_long = False
        self._now = asyncio.get_running_loop().time
        self.began: float | None = None
        self.arrived = 0.0
        self.missing_bytes = 0  # of the request that the parser has begun; `UNSURE` if there may be one
        self.has_failed = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the parser has
        return getattr(self._parser, name)

    def admits(self, data: bytes) -> bool:
        """Count the bytes of a head, and tell whether they are still within their limit."""
        if self.has_failed:
            return False
        if data and (self._body is None or self._body.is_eof()):
            rest = self._max_bytes - self._bytes
            self._bytes += len(data)
            if self.began is None:
                self.began = self._now()
            self._is_too_long = len(data) > rest and data.find(_END_OF_HEAD, 0, max(rest, 0)) < 0
        return not self._is_too_long

    def feed_data(self, data: bytes) -> Any:  # noqa: ANN401 -- the parser's own answer
        """Parse the data; raise an error if the head is too long, or the body comes in too many pieces."""
        if self._is_too_long:
            self.has_failed = True
            raise LineTooLong(b"head", self._max_bytes)
        try:
            result = self._feed(data)
        except TooManyChunks:
            self.has_failed = True
            raise
        if messages := result[0]:
            message, self._body = messages[-1]
            if message.upgrade:  # nothing here is upgraded, and aiohttp would read no further request after it
                messages[-1] = message._replace(should_close=True), self._body
            self._bytes = 0
            self.began = None
            self.arrived = self._now()
        if self._counts_bodies:
            self.missing_bytes = self._missing_after(data, messages)
        return result

    def _missing_after(self, data: bytes, messages: Sequence[Any]) -> int:
        """Return how many bytes the parser, having got this, needs to complete a request that it has begun.

        The parser does not tell. A head without a body ends with an empty line. A body is counted from the end of its
        head on, if the head is known to have begun with `data`; and it must be complete when the count says so.
        """
        if len(messages) > 1:
            return UNSURE
        if messages and self._body is EMPTY_PAYLOAD:
            return 0 if data.endswith(_END_OF_HEAD) else UNSURE
        missing = self.missing_bytes - len(data)
        if messages:
            length = messages[0][0].headers.get(hdrs.CONTENT_LENGTH, "")
            if self.missing_bytes or not length.isdecimal():
                return UNSURE
            missing = int(length) - (len(data) - data.find(_END_OF_HEAD) - len(_END_OF_HEAD))
        is_read = self._body is None or self._body.is_eof()
        return missing if missing >= 0 and is_read == (missing == 0) else UNSURE


def watch_connections(
    server: web.Server, watch: ConnectionWatch, max_head_bytes: int, lane: Lane | None = None
) -> None:
    """Watch the server's connections from now on: aiohttp has no option for the class of connections."""
    limit_chunks(WatchedConnection)

    class Watching(web.Server):
        def __call__(self) -> RequestHandler:
            return WatchedConnection(self, watch, max_head_bytes, lane, loop=self._loop, **self._kwargs)

    server.__class__ = Watching


def listening_sockets(site: web.BaseSite) -> Sequence[socket.socket]:
    """Return the sockets that a site listens on; aiohttp offers their addresses only."""
    sockets: Sequence[socket.socket] = getattr(site._server, "sockets", ())  # noqa: SLF001 -- see above
    return sockets
