"""What is sent to provoke one answer of the service."""

from collections.abc import Mapping
from dataclasses import dataclass

import orjson


@dataclass(frozen=True, slots=True)
class Sent:
    """What provokes one answer. `method` and `path` are the operation's own where they are None."""

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
