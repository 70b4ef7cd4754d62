"""Answers in JSON, problems among them, and the headers of every answer."""

import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from types import MappingProxyType

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from multidict import istr

REQUEST_ID_HEADER = istr("X-Request-ID")  # quicker to look up

# No cache on the way may store an answer: only the client knows how old a price it accepts.
COMMON_HEADERS = MappingProxyType(
    {
        "Server": "crossrate",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # an address may hold an API key
    }
)


class JsonAnswer(web.StreamResponse):
    """A 200 in JSON. `responding.py` sets `request_id`, which it has checked to be safe inside a head.

    Its head and body go out in one write, which saves time: aiohttp gathers the headers in a map, adds the missing ones
    and writes them one by one. It still does so for everything unusual: a connection that closes after this answer,
    HTTP/1.0, HEAD, headers set on this response. `on_response_prepare` is not signalled for a single write.
    """

    content_type_as_sent = "application/json"
    request_id = ""

    def __init__(self, body: bytes, status: int = 200) -> None:
        super().__init__(status=status)
        self._whole_body = body
        self._writer: AbstractStreamWriter | None = None

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection stays open, None while undecided."""
        return super().keep_alive if self._writer is None else True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Decide whether this class or aiohttp writes the answer."""
        if self._is_usual(request):
            self._writer = request.writer
            return self._writer
        for name, value in _usual_headers(self.content_type_as_sent).items():
            self.headers.setdefault(name, value)
        self.headers[REQUEST_ID_HEADER] = self.request_id
        self.content_length = len(self._whole_body)
        if request.method == hdrs.METH_HEAD:
            self._whole_body = b""
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Write it. `data` is always empty: the body is known from the start."""
        body = self._whole_body
        if self._writer is not None:
            head = head_of(self.request_id, len(body), self.status, self.reason, self.content_type_as_sent)
            await self._writer.write_eof(head + body)
        else:
            await super().write_eof(data or body)

    def _is_usual(self, request: web.BaseRequest) -> bool:
        is_open = request.keep_alive and super().keep_alive is None
        return is_open and request.version == HttpVersion11 and request.method != hdrs.METH_HEAD and not self.headers


class ProblemAnswer(JsonAnswer):
    """A problem. One with `headers` of its own, which few have, is written by aiohttp."""

    content_type_as_sent = "application/problem+json"

    def __init__(self, body: bytes, status: int, headers: Mapping[str, str]) -> None:
        super().__init__(body, status)
        if headers:
            self.headers.update(headers)


def _usual_headers(content_type: str) -> dict[str, str]:
    return {hdrs.CONTENT_TYPE: content_type, **COMMON_HEADERS}


def head_of(
    request_id: str, length: int, status: int = 200, reason: str = "OK", content_type: str = "application/json"
) -> bytes:
    """Return the head of an answer on a connection that stays open."""
    until_id = _head_until_id(int(time.time()), status, reason, content_type)
    return f"{until_id}{request_id}\r\n{hdrs.CONTENT_LENGTH}: {length}\r\n\r\n".encode("ascii")


@lru_cache(maxsize=8)  # most answers fall into the same second as the one before
def _head_until_id(second: int, status: int, reason: str, content_type: str) -> str:
    headers = {**_usual_headers(content_type), hdrs.DATE: formatdate(second, usegmt=True)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {reason}\r\n{lines}{REQUEST_ID_HEADER}: "
