"""Everything that relies on aiohttp's internals, where it has no public interface.

Each hook says why it exists; `tests/unit/entrypoints/http/server/test_aiohttp_hooks.py` fails when a release of aiohttp
breaks one. Those that only save time are measured by `python -m benchmarks.hooks`; decision 0018 has the figures.
"""

import socket
from collections.abc import Callable, Sequence

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.typedefs import Handler
from aiohttp.web_protocol import RequestHandler


def bypass_router(app: web.Application, path: str, post: Handler) -> None:
    """Have `post` answer each POST to `path` without routing or middleware. Call it once the application is complete.

    Saves time: for every request, aiohttp looks up the route and wraps the middleware around the handler anew. `post`
    must do what the middleware does, and be routed as well: requests with an `Expect` header, and those that spell the
    path differently, still go through the router. A bypassed request has no `match_info`, and so no `request.app`.

    It replaces a method, since gunicorn's worker and `web.run_app` make runners themselves, which take no handler.
    """
    route = app._handle  # noqa: SLF001 -- see above

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.method == hdrs.METH_POST and request.rel_url.raw_path == path and hdrs.EXPECT not in request.headers:
            return await post(request)
        return await route(request)

    app._handle = handle  # type: ignore[method-assign]  # noqa: SLF001 -- see above


class SingleWriteResponse(web.StreamResponse):
    """A response whose head and body go out in one write, with a head that the subclass puts together.

    Saves time: aiohttp gathers the headers in a map, adds the missing ones and writes them one by one. It still does so
    for everything unusual: a connection that closes after this answer, HTTP/1.0, HEAD, headers set on this response.
    `on_response_prepare` is not signalled for a single write.
    """

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self._whole_body = body
        self._writer: AbstractStreamWriter | None = None

    def head(self, length: int) -> bytes:
        """Return the status line, the headers and the empty line for a body of this length."""
        raise NotImplementedError

    def set_usual_headers(self) -> None:
        """Set the headers of `head` on this response, for when aiohttp writes it."""
        raise NotImplementedError

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection stays open, None while undecided."""
        return super().keep_alive if self._writer is None else True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Decide whether this class or aiohttp writes the answer."""
        if self._is_usual(request):
            self._writer = request.writer
            return self._writer
        self.set_usual_headers()
        self.content_length = len(self._whole_body)
        if request.method == hdrs.METH_HEAD:
            self._whole_body = b""
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Write it. `data` is always empty: the body is known from the start."""
        if self._writer is not None:
            await self._writer.write_eof(self.head(len(self._whole_body)) + self._whole_body)
        else:
            await super().write_eof(data or self._whole_body)

    def _is_usual(self, request: web.BaseRequest) -> bool:
        is_open = request.keep_alive and super().keep_alive is None
        return is_open and request.version == HttpVersion11 and request.method != hdrs.METH_HEAD and not self.headers


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


async def write_before_answer(request: web.BaseRequest, data: bytes) -> None:
    """Write bytes that precede the answer, such as `100 Continue`.

    aiohttp's own handler of expectations writes them in this way; `output_size` tells it whether the answer has begun.
    """
    await request.writer.write(data)
    request.writer.output_size = 0


def is_without_request(connection: web.RequestHandler) -> bool:
    """Tell whether no whole request head has arrived on the connection yet, which aiohttp tells nowhere else."""
    return not connection._request_count  # noqa: SLF001 -- see above


def listening_sockets(site: web.BaseSite) -> Sequence[socket.socket]:
    """Return the sockets that a site listens on; aiohttp offers their addresses only."""
    sockets: Sequence[socket.socket] = getattr(site._server, "sockets", ())  # noqa: SLF001 -- see above
    return sockets
