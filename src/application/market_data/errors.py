"""Errors of fetching market data that are not the exchange's."""

from domain.errors import CrossrateError
from domain.rates.errors import ExchangeUnavailable, FailureReason


class LockUnavailable(CrossrateError):
    """The server of the locks is unavailable. No conversion fails for this: the process continues alone."""


def throttled(exchange: str, seconds: float) -> ExchangeUnavailable:
    """Return the failure of a fetch that would use up what is kept for the sync; it can be made in `seconds`."""
    detail = "not asked for this request, since the rest of its rate limit is kept for the market sync"
    return ExchangeUnavailable(exchange, FailureReason.THROTTLED, detail, seconds)
