"""Moments as they are asked for: Unix seconds, or ISO 8601."""

import math
import re
from datetime import UTC, datetime

from pydantic_core import PydanticCustomError

# The end of the year 9999, which is where ISO 8601's four digits end.
LATEST = 253_402_300_799

# Not of eight digits: 20261122 is a day to ISO 8601, and a moment of 1970 to Unix.
_UNIX = re.compile(r"(?![0-9]{8}$)[0-9]{1,12}", re.ASCII)
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[+-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)


def unix_seconds(value: object) -> int:
    """Read a moment: the next whole second where it has a fraction, UTC where it names no zone."""
    seconds = -1
    if isinstance(value, str) and _UNIX.fullmatch(value):
        seconds = int(value)
    elif isinstance(value, str) and _ISO.fullmatch(value):
        seconds = _of_iso(value.upper())
    if not 0 <= seconds <= LATEST:
        raise PydanticCustomError(
            "moment", "must be Unix seconds or ISO 8601 from 1970 to 9999, such as 1795302570 or 2026-11-22T01:49:30Z"
        )
    return seconds


def _of_iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        return math.ceil((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):  # the calendar has no such day, or the clock no such hour
        return -1
