"""How old an answer is by its own headers, which caches in front of an exchange leave in it."""

from adapters.rest.client import MAX_COUNT_DIGITS, Answer
from adapters.rest.http_dates import unix_seconds
from domain.rates.lag import T, as_old_as_told

# What a larger Age counts as, says RFC 9111 (1.2.2).
MAX_AGE_SECONDS = 2**31


def as_old_as_headers_tell(value: T, answer: Answer) -> T:
    """Return `value` as old as RFC 9111's Age and the Date of the answer say, where that is older."""
    age_seconds = _age_seconds(answer.headers.get("Age", ""))
    if age_seconds is not None:
        value = as_old_as_told(value, value.fetched_at - age_seconds)
    made_at = unix_seconds(answer.headers.get("Date"))
    return value if made_at is None else as_old_as_told(value, made_at)


def _age_seconds(written: str) -> int | None:
    """Return RFC 9111's Age: the first of several, 2**31 for any that is larger; None if it is missing or wrong."""
    text = written.partition(",")[0].strip()
    if not (text.isascii() and text.isdigit()):
        return None
    return min(int(text), MAX_AGE_SECONDS) if len(text) <= MAX_COUNT_DIGITS else MAX_AGE_SECONDS
