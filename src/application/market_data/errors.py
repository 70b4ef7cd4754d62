"""Errors of fetching market data that are not the exchange's."""

from domain.errors import CrossrateError
from domain.rates.errors import ExchangeUnavailable, FailureReason

# What a caller is told to wait: most prices that jump are confirmed by then, or are back.
CONFIRMED_IN_SECONDS = 2.0


class LockUnavailable(CrossrateError):
    """The server of the locks is unavailable. No conversion fails for this: the process continues alone."""


def held_back(exchange: str) -> ExchangeUnavailable:
    """Return the failure of an exchange whose price of a pair has jumped, until it is confirmed."""
    detail = "a price that it needs has jumped, and is not confirmed yet"
    return ExchangeUnavailable(exchange, FailureReason.HELD_BACK, detail, CONFIRMED_IN_SECONDS)


def throttled(exchange: str, seconds: float) -> ExchangeUnavailable:
    """Return the failure of a fetch that would use up what is kept for the sync; it can be made in `seconds`."""
    detail = "not asked for this request, since the rest of its rate limit is kept for the market sync"
    return ExchangeUnavailable(exchange, FailureReason.THROTTLED, detail, seconds)
