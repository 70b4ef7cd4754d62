"""The age of a rate, counting only trading hours.

Coins trade at all hours. Fiat currencies do not trade from Friday to Sunday evening in New York, when Friday's rate
still holds. The closing time used here covers both summer and winter time. Holidays are not considered: a rate from
before a holiday is stale.
"""

from domain.quotes.quote import HOUR_SECONDS

_WEEK_SECONDS = 7 * 24 * HOUR_SECONDS
_CLOSED_SECONDS = 49 * HOUR_SECONDS
# The first Friday, 21:00 UTC, of Unix time, which began on a Thursday.
_FIRST_CLOSING = 45 * HOUR_SECONDS


def age_seconds(since: float, until: float, *, is_fiat: bool) -> float:
    """Return the seconds between two Unix times; for a rate between fiat currencies, only trading hours count."""
    return _trading_seconds(until) - _trading_seconds(since) if is_fiat else until - since


def _trading_seconds(moment: float) -> float:
    """Return the seconds of trading hours from the first closing until then."""
    weeks, into_week = divmod(moment - _FIRST_CLOSING, _WEEK_SECONDS)
    return weeks * (_WEEK_SECONDS - _CLOSED_SECONDS) + max(0.0, into_week - _CLOSED_SECONDS)
