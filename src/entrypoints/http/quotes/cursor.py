"""Cursors: the position at which a page begins, as text that clients need not understand."""

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from pydantic_core import PydanticCustomError

from application.quotes.ports.quote_repository import Position

LONGEST = 64

_WRITTEN = re.compile(rb"([0-9]{1,12})\.([0-9]{1,18})")


def cursor_of(position: Position) -> str:
    """Write a position."""
    return urlsafe_b64encode(b"%d.%d" % position).decode().rstrip("=")


def position_at(cursor: object) -> Position:
    """Read what `cursor_of` wrote, and nothing else."""
    if isinstance(cursor, str) and len(cursor) <= LONGEST and cursor.isascii():
        try:
            match = _WRITTEN.fullmatch(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        except (binascii.Error, ValueError):
            match = None
        if match is not None:
            return Position(int(match[1]), int(match[2]))
    raise PydanticCustomError("cursor", "must be the `next_cursor` of an earlier answer")
