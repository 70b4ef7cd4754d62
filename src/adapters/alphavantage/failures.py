"""Failures that arrive with status 200. Their text is examined but never repeated: it may contain the API key."""

from application.quotes.quota_plan import DAY_SECONDS, day_of
from domain.quotes.errors import NotQuoted, SourceUnavailable
from domain.rates.errors import FailureReason

BURST_PAUSE_SECONDS = 60.0
REFUSED_PAUSE_SECONDS = 3600.0


def failure_in(
    source: str, pair: str, error: str | None, limit: str | None, now: float
) -> SourceUnavailable | NotQuoted:
    """Classify a failure: `error` is an "Error Message" about the request, `limit` a "Note" or "Information"."""
    if error is not None:
        return _of_the_request(source, pair, error.lower())
    if limit is None:
        return SourceUnavailable(source, FailureReason.BAD_BODY, "the answer is not a rate of this pair")
    return _of_the_key(source, limit.lower(), now)


def _of_the_request(source: str, pair: str, text: str) -> SourceUnavailable | NotQuoted:
    if "apikey" in text:
        return SourceUnavailable(source, FailureReason.REFUSED, "it rejects the key", REFUSED_PAUSE_SECONDS)
    return NotQuoted(pair, {source: "it has no rate of this pair"})


def _of_the_key(source: str, text: str, now: float) -> SourceUnavailable:
    # The short-term limit is checked first, because its text mentions the daily one too.
    if "per second" in text or "per minute" in text:
        detail, pause_seconds = "too many calls in a short time", BURST_PAUSE_SECONDS
    elif "per day" in text or "daily" in text:
        detail, pause_seconds = "the key's daily quota is used up", day_of(now) + DAY_SECONDS - now
    else:
        return SourceUnavailable(source, FailureReason.REFUSED, "it does not serve this key", REFUSED_PAUSE_SECONDS)
    return SourceUnavailable(source, FailureReason.RATE_LIMITED, detail, pause_seconds)
