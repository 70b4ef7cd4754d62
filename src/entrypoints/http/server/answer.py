"""The usual answer, and the headers of every answer."""

import time
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
_HEADERS = {hdrs.CONTENT_TYPE: "application/json", **COMMON_HEADERS}


class JsonAnswer(SingleWriteResponse):
    """A 200 in JSON. The middleware sets `request_id`, which it has checked to be safe inside a head."""

    request_id = ""

    def head(self, length: int) -> bytes:
        """Return the head."""
        until_id = _head_until_id(int(time.time()))
        return f"{until_id}{self.request_id}\r\n{hdrs.CONTENT_LENGTH}: {length}\r\n\r\n".encode("ascii")

    def set_usual_headers(self) -> None:
        """Set the same headers one by one."""
        for name, value in _HEADERS.items():
            self.headers.setdefault(name, value)
        self.headers[REQUEST_ID_HEADER] = self.request_id


@lru_cache(maxsize=1)  # most answers fall into the same second as the one before
def _head_until_id(second: int) -> str:
    headers = {**_HEADERS, hdrs.DATE: formatdate(second, usegmt=True)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{lines}{REQUEST_ID_HEADER}: "
