"""Answers the plainest requests as they arrive, without aiohttp's parser, task, router and response.

A request is plain if it is exactly as described below and alone on its connection, if it comes in one piece or its body
in a second one, and if the answer is at hand. aiohttp gets all others, byte for byte as they came, and would answer the
plain ones alike: the differential test (`make test.lane`) holds the two together.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from aiohttp import hdrs

from entrypoints.http.server.aiohttp_hooks import Unanswered
from entrypoints.http.server.answer import head_of
from entrypoints.http.server.app_keys import Lifecycle
from entrypoints.http.server.responding import WELL_FORMED_ID, Account, new_request_id

# Longer requests are not plain: no usual head and body come near.
MAX_BYTES = 2048

# Clients send the same head again and again, apart from the length and the id.
KEPT_HEADS = 512

_END_OF_HEAD = b"\r\n\r\n"
_HEADER = re.compile(rb"([A-Za-z-]+): ([!-~](?:[ -~]*[!-~])?)")
_ANYTHING = re.compile(rb".*")

# No other header is plain. The values of most do not matter to a conversion.
_VALUES = {
    b"host": re.compile(rb"[A-Za-z0-9.:_\[\]-]+"),
    b"content-type": re.compile(rb"application/json(?:; ?charset=utf-8)?", re.IGNORECASE),
    b"content-length": re.compile(rb"[1-9][0-9]{0,3}"),
    b"connection": re.compile(rb"keep-alive", re.IGNORECASE),
    b"x-request-id": WELL_FORMED_ID,
    **dict.fromkeys(
        (
            *(b"user-agent", b"accept", b"accept-encoding", b"accept-language", b"cache-control", b"sec-fetch-mode"),
            *(b"forwarded", b"via", b"x-forwarded-for", b"x-forwarded-host", b"x-forwarded-port", b"x-forwarded-proto"),
            *(b"x-real-ip", b"traceparent", b"tracestate"),
        ),
        _ANYTHING,
    ),
}
_REQUIRED = frozenset({b"host", b"content-type", b"content-length"})


@dataclass(frozen=True, slots=True)
class PlainHead:
    """What matters of a plain head. `request_id` is the client's, or empty."""

    content_length: int
    request_id: str


@lru_cache(maxsize=KEPT_HEADS)
def plain_head(lines: bytes) -> PlainHead | None:
    """Read the lines below the request line; None if they are not plain."""
    found: dict[bytes, bytes] = {}
    for line in lines.split(b"\r\n"):
        header = _HEADER.fullmatch(line)
        if header is None:
            return None
        name, value = header[1].lower(), header[2]
        if name in found or name not in _VALUES or not _VALUES[name].fullmatch(value):
            return None
        found[name] = value
    if not found.keys() >= _REQUIRED:
        return None
    return PlainHead(int(found[b"content-length"]), found.get(b"x-request-id", b"").decode("ascii"))


class FastLane:
    """Answers plain requests to POST to one path.

    `body_for` returns the JSON of a 200 that answers a body, or None if it cannot at once. Everyone may ask, without a
    limit, and nothing else takes part in requests, such as tracing.
    """

    def __init__(
        self, path: str, body_for: Callable[[bytes], bytes | None], lifecycle: Lifecycle, account: Account
    ) -> None:
        self._start = f"{hdrs.METH_POST} {path} HTTP/1.1\r\n".encode("ascii")
        self._path = path
        self._body_for = body_for
        self._lifecycle = lifecycle
        self._account = account

    def answer(self, data: bytes) -> bytes | Unanswered:
        """Return the whole answer to a plain request, and count and log it."""
        if len(data) > MAX_BYTES or not data.startswith(self._start) or self._lifecycle.is_draining:
            return Unanswered.UNREAD
        started = time.perf_counter()
        end = data.find(_END_OF_HEAD)
        head = plain_head(data[len(self._start) : end]) if end > 0 else None
        if head is None:
            return Unanswered.UNREAD
        sent = data[end + len(_END_OF_HEAD) :]
        if head.content_length != len(sent):
            is_to_come = not sent and len(data) + head.content_length <= MAX_BYTES
            return Unanswered.BODY_TO_COME if is_to_come else Unanswered.UNREAD
        try:
            body = self._body_for(sent)
        except Exception:  # noqa: BLE001 -- the same happens again in aiohttp's handler, which reports it
            body = None
        if body is None:
            return Unanswered.IN_VAIN
        request_id = head.request_id or new_request_id()
        self._account(hdrs.METH_POST, self._path, 200, time.perf_counter() - started, request_id)
        return head_of(request_id, len(body)) + body
