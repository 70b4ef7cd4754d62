"""Moments in requests: Unix seconds, or ISO 8601."""

import math
import re
from datetime import UTC, datetime

from pydantic_core import PydanticCustomError

from domain.moments import LATEST_MOMENT

# Not eight digits: 20261122 is a day in ISO 8601, but a moment of 1970 in Unix seconds.
_UNIX = re.compile(r"(?![0-9]{8}$)[0-9]{1,12}", re.ASCII)
# A space stands for the + of an offset: that is what it means in a query unless it is encoded.
_ISO = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"([Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?([Zz]|[ +-][0-9]{2}:[0-9]{2})?)?",
    re.ASCII,
)


def unix_seconds(value: object) -> int:
    """Read a moment, rounded up to whole seconds; without a time zone it is UTC."""
    seconds = -1
    if isinstance(value, str) and _UNIX.fullmatch(value):
        seconds = int(value)
    elif isinstance(value, str) and _ISO.fullmatch(value):
        seconds = _of_iso(value.upper().replace(" ", "+"))
    if not 0 <= seconds <= LATEST_MOMENT:
        raise PydanticCustomError(
            "moment", "must be Unix seconds or ISO 8601 from 1970 to 9999, such as 1795302570 or 2026-11-22T01:49:30Z"
        )
    return seconds


def _of_iso(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
        return math.ceil((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):  # no such day or hour
        return -1
