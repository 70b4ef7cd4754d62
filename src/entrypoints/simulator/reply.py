"""An answer before it is HTTP: what a simulated exchange says, without knowing how it is sent."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

JSON = "application/json"
HTML = "text/html"

Row = dict[str, Any]

_NEITHER_SMALLER_NOR_FASTER = 1400  # bytes: one packet


class Body:
    """The bytes of one answer; compressed once, if ever."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    @cached_property
    def gzipped(self) -> bytes | None:
        """Return the same compressed, or None when that is not worth it."""
        if len(self.plain) <= _NEITHER_SMALLER_NOR_FASTER:
            return None
        return gzip.compress(self.plain, compresslevel=1, mtime=0)


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and headers of an answer."""

    body: Body
    status: int = 200
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: object, status: int = 200, **headers: str) -> "Reply":
        """Answer a small JSON document."""
        return cls(Body(orjson.dumps(document)), status, JSON, headers)


@dataclass(frozen=True, slots=True)
class Call:
    """What was asked, and when: `tick` dates the market, `now` is the clock in Unix seconds."""

    path: str
    query: Mapping[str, str]
    tick: int
    now: float
