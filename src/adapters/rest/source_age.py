"""How old an answer is by its own headers, which caches in front of an exchange leave in it."""

from datetime import UTC
from email.utils import parsedate_to_datetime

from adapters.rest.client import Answer
from domain.rates.source_age import T, as_old_as_told


def as_old_as_headers_tell(value: T, answer: Answer) -> T:
    """Return `value` as old as RFC 9111's Age and the Date of the answer say, where that is older."""
    age_seconds = answer.whole_number("Age")
    if age_seconds is not None:
        value = as_old_as_told(value, value.fetched_at - age_seconds)
    made_at = _unix_seconds(answer.headers.get("Date"))
    return value if made_at is None else as_old_as_told(value, made_at)


def _unix_seconds(header: str | None) -> float | None:
    """Read an HTTP date; None when it is missing or unreadable."""
    if header is None:
        return None
    try:
        moment = parsedate_to_datetime(header)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
