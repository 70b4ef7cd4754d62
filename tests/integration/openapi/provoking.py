"""Requests that provoke one answer of the service each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import orjson

from domain.errors import ConcurrentChange, OutcomeUnknown


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
    caller: str = ""  # a "user" who has just signed in, or a "key" of one, to record quotes
    times: int = 1
    # What every write of the service fails with, once the caller has signed in. Only "failing writes" has this.
    writes_fail: Exception | None = None


LONG_HEADER = {"X-Request-ID": "x" * 9000}


def of_failing_writes(sent: Sent) -> dict[int, Sent]:
    """What provokes the answers of an endpoint that writes, which tell why a change was not made, or may not be."""
    failing = replace(sent, service="failing writes")
    return {
        409: replace(failing, writes_fail=ConcurrentChange("made to fail")),
        504: replace(failing, writes_fail=OutcomeUnknown("made to fail")),
    }


def posted(document: object) -> Sent:
    return Sent(body=orjson.dumps(document), content_type="application/json")
