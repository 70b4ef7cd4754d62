"""Requests that provoke one answer of the service each."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that provokes one answer. If `method` or `path` is None, it is the operation's own."""

    service: str = "sound"
    method: str | None = None
    path: str | None = None
    query: Mapping[str, str] | None = None
    body: bytes | None = None
    content_type: str | None = None
    headers: Mapping[str, str] | None = None
    body_never_ends: bool = False
    caller: str = ""  # a "user" who has just signed in, or a "key" of one
    times: int = 1


LONG_HEADER = {"X-Request-ID": "x" * 9000}


def posted(document: object) -> Sent:
    return Sent(body=orjson.dumps(document), content_type="application/json")
