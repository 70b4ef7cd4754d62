"""Tracebacks for the log, without the values that a driver of the database repeats in its errors."""

import re
from io import StringIO
from typing import TextIO

from structlog.dev import plain_traceback
from structlog.typing import EventDict, ExcInfo

# Postgres adds a "DETAIL:  Failing row contains (...)", which may be a row with hashes or an address with a token, and
# asyncpg says "invalid input for query argument $1: 'the value' (expected ...)".
# In a group of exceptions, lines begin with bars.
_VALUES = re.compile(r"(DETAIL:|query argument \$\d+:).*?(?=\n[ |]*(?:HINT:|\[SQL|\n)|\n?\Z)", re.DOTALL)


def without_values(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Remove the values from the formatted exception of an event."""
    if "exception" in event:
        event["exception"] = _without_values(event["exception"])
    return event


def console_traceback(out: TextIO, exc_info: ExcInfo) -> None:
    """Write a plain traceback without the values."""
    written = StringIO()
    plain_traceback(written, exc_info)
    out.write(_without_values(written.getvalue()))


def _without_values(text: str) -> str:
    return _VALUES.sub(r"\1 ...", text)
