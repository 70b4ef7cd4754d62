"""Dates in headers of HTTP."""

from datetime import UTC
from email.utils import parsedate_to_datetime


def unix_seconds(header: str | None) -> float | None:
    """Read an HTTP date; None when it is missing or unreadable."""
    if header is None:
        return None
    try:
        moment = parsedate_to_datetime(header)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
