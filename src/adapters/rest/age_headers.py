"""How old an answer is by its own headers, which caches in front of an exchange leave in it."""

from adapters.rest.client import Answer
from adapters.rest.http_dates import unix_seconds
from domain.rates.lag import T, as_old_as_told


def as_old_as_headers_tell(value: T, answer: Answer) -> T:
    """Return `value` as old as RFC 9111's Age and the Date of the answer say, where that is older."""
    age_seconds = answer.whole_number("Age")
    if age_seconds is not None:
        value = as_old_as_told(value, value.fetched_at - age_seconds)
    made_at = unix_seconds(answer.headers.get("Date"))
    return value if made_at is None else as_old_as_told(value, made_at)
