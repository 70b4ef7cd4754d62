"""Calls and answers of a simulated exchange, apart from how they are sent."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import orjson

JSON = "application/json"
HTML = "text/html"

Row = dict[str, Any]

_LARGEST_UNCOMPRESSED_BYTES = 1400  # one packet: compressing it saves no time


class Body:
    """The bytes of one answer; compressed at most once."""

    def __init__(self, plain: bytes) -> None:
        self.plain = plain

    @cached_property
    def gzipped(self) -> bytes | None:
        """The compressed bytes, or None when compressing is not worth it."""
        if len(self.plain) <= _LARGEST_UNCOMPRESSED_BYTES:
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
        """Make an answer of a small JSON document."""
        return cls(Body(orjson.dumps(document)), status, JSON, headers)


@dataclass(frozen=True, slots=True)
class Call:
    """A request to an exchange, and its time: `tick` dates the market, `now` is the clock in Unix seconds.

    `raw_query` is what stands after the question mark. Of an order, the book has no more than `fill_percent`.
    """

    path: str
    query: Mapping[str, str]
    tick: int
    now: float
    method: str = "GET"
    raw_query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fill_percent: int = 100
