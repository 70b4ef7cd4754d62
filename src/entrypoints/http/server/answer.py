"""The answer that nearly every request gets, written in one go; and the headers that every answer bears."""

import time
from email.utils import formatdate
from functools import lru_cache
from types import MappingProxyType

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter

REQUEST_ID_HEADER = "X-Request-ID"

# What a caller may keep is for the caller to bound, not for proxies.
COMMON_HEADERS = MappingProxyType(
    {"Server": "crossrate", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
)
_HEADERS = {hdrs.CONTENT_TYPE: "application/json", **COMMON_HEADERS}


class JsonAnswer(web.StreamResponse):
    """A 200 in JSON, whose head is put together from text made beforehand.

    aiohttp gathers a response's headers in a map, adds what is missing, and writes them one by one: some 20 us, as long
    as everything else that a conversion takes. It still does for what is not the rule: a connection that ends with this
    answer, HTTP/1.0, HEAD, headers of its own. (Where it is the rule, `on_response_prepare` is not signalled.)
    """

    def __init__(self, body: bytes) -> None:
        super().__init__()
        self.request_id = ""  # set by the middleware, which sees to it that it is fit for a head
        self._json = body
        self._writer: AbstractStreamWriter | None = None

    @property
    def keep_alive(self) -> bool | None:
        """Whether the connection stays open, None while nobody has decided."""
        return super().keep_alive if self._writer is None else True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Decide which way it is written."""
        if self._is_the_rule(request):
            self._writer = request.writer
            return self._writer
        for name, value in _HEADERS.items():
            self.headers.setdefault(name, value)
        self.headers[REQUEST_ID_HEADER] = self.request_id
        self.content_length = len(self._json)
        if request.method == hdrs.METH_HEAD:
            self._json = b""
        return await super().prepare(request)

    async def write_eof(self, data: bytes = b"") -> None:
        """Write it; `data` is not for this answer, which has all that it says."""
        if self._writer is not None:
            await self._writer.write_eof(_head(self.request_id, len(self._json)) + self._json)
        else:
            await super().write_eof(data or self._json)

    def _is_the_rule(self, request: web.BaseRequest) -> bool:
        is_open = request.keep_alive and super().keep_alive is None
        return is_open and request.version == HttpVersion11 and request.method != hdrs.METH_HEAD and not self.headers


def _head(request_id: str, length: int) -> bytes:
    return f"{_until_id(int(time.time()))}{request_id}\r\n{hdrs.CONTENT_LENGTH}: {length}\r\n\r\n".encode("ascii")


@lru_cache(maxsize=1)  # most answers share their second with the one before
def _until_id(second: int) -> str:
    headers = {**_HEADERS, hdrs.DATE: formatdate(second, usegmt=True)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{lines}{REQUEST_ID_HEADER}: "
