"""Parses listings: they rarely change but are fetched again and again, so the same answer is parsed only once."""

import re
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import NamedTuple

from domain.rates.instruments import Instruments

ParseListing = Callable[[bytes, float], Generator[None, None, Instruments]]

# The number that changes is looked for in so many bytes from the start.
HEAD_BYTES = 1024

_DIGITS = re.compile(rb"\d+")


class _Parsed(NamedTuple):
    """Instruments, and the body that they were parsed from: only digits may be between its two parts."""

    head: bytes
    tail: bytes
    instruments: Instruments

    def is_of(self, body: bytes) -> bool:
        """Compare every byte, which takes a twentieth of the time of parsing them, and keeps no difference hidden."""
        end = len(body) - len(self.tail)
        is_same = len(self.head) <= end and body.startswith(self.head) and body.endswith(self.tail)
        return is_same and (len(self.head) == end or _DIGITS.fullmatch(body, len(self.head), end) is not None)


class ListingParser:
    """Returns the last instruments, dated anew, while the exchange answers the same, byte for byte.

    `changing_number` names a number near the start of each answer that says nothing about the pairs, such as the time.
    The last answer is kept, so `MAX_BODY_BYTES` bounds the memory.
    """

    def __init__(self, parse: ParseListing, changing_number: str | None = None) -> None:
        """`parse` takes a body and the time of the instruments."""
        self._parse = parse
        name = re.escape((changing_number or "").encode())
        self._changing_number = re.compile(rb'"%s"\s*:\s*(\d+)' % name) if changing_number else None
        self._latest: _Parsed | None = None

    def in_steps(self, body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
        """Parse a body in steps, between which the caller can yield. Raises what `parse` raises."""
        if self._latest is None or not self._latest.is_of(body):
            self._latest = _Parsed(*self._split(body), (yield from self._parse(body, observed_at)))
        return replace(self._latest.instruments, observed_at=observed_at)

    def _split(self, body: bytes) -> tuple[bytes, bytes]:
        found = self._changing_number.search(body, 0, HEAD_BYTES) if self._changing_number else None
        return (body, b"") if found is None else (body[: found.start(1)], body[found.end(1) :])
