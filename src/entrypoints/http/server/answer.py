"""Answers in JSON, problems among them, and the headers of every answer."""

import time
from collections.abc import Mapping
from email.utils import formatdate
from functools import lru_cache
from types import MappingProxyType

from aiohttp import hdrs

from entrypoints.http.server.aiohttp_hooks import SingleWriteResponse

REQUEST_ID_HEADER = "X-Request-ID"

# No cache on the way may store an answer: only the client knows how old a price it accepts.
COMMON_HEADERS = MappingProxyType(
    {
        "Server": "crossrate",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",  # an address may hold an API key
    }
)


class JsonAnswer(SingleWriteResponse):
    """A 200 in JSON. The middleware sets `request_id`, which it has checked to be safe inside a head."""

    content_type_as_sent = "application/json"
    request_id = ""

    def head(self, length: int) -> bytes:
        """Return the head."""
        return head_of(self.request_id, length, self.status, self.reason, self.content_type_as_sent)

    def set_usual_headers(self) -> None:
        """Set the same headers one by one."""
        for name, value in _usual_headers(self.content_type_as_sent).items():
            self.headers.setdefault(name, value)
        self.headers[REQUEST_ID_HEADER] = self.request_id


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
