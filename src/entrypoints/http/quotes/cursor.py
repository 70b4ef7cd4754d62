"""Cursors of quotes: the position at which a page begins."""

import re

from application.quotes.ports.quote_repository import Position
from entrypoints.http.server.paging import decoded_cursor, encoded_cursor, wrong_cursor

LONGEST = 64

_WRITTEN = re.compile(rb"([0-9]{1,12})\.([0-9]{1,18})")


def cursor_of(position: Position) -> str:
    """Write a position."""
    return encoded_cursor(b"%d.%d" % position)


def position_at(cursor: object) -> Position:
    """Read what `cursor_of` wrote, and nothing else."""
    match = _WRITTEN.fullmatch(decoded_cursor(cursor, LONGEST))
    if match is None:
        raise wrong_cursor()
    return Position(int(match[1]), int(match[2]))
