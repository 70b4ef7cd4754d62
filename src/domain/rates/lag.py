"""How far an answer lags behind its fetch, by the source's own word."""

from dataclasses import replace
from typing import TypeVar

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

# Clocks differ a little, HTTP tells whole seconds, and an answer takes its time.
GRACE_SECONDS = 5.0

T = TypeVar("T", bound=Instruments | BookTickers | OrderBook)


def as_old_as_told(value: T, told_at: float, cadence_seconds: float = 0.0) -> T:
    """Return `value` observed at `told_at`, in Unix seconds, if that is clearly earlier than its own time.

    A source makes its answer anew every `cadence_seconds`; so much and a few seconds more are no lag.
    """
    late_seconds = value.observed_at - told_at
    if late_seconds <= cadence_seconds + GRACE_SECONDS:
        return value
    return replace(value, observed_at=told_at, lag_seconds=value.lag_seconds + late_seconds)
