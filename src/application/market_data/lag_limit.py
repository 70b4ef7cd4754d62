"""Reject what is too old by its source's own word."""

from collections.abc import Awaitable, Callable

from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.instruments import Instruments
from domain.rates.lag import T
from domain.rates.order_book import OrderBook


def stale(value: Instruments | BookTickers | OrderBook, now: float) -> ExchangeUnavailable:
    """Return the failure of an exchange whose newest answer is too old at `now`, in Unix seconds."""
    detail = f"its newest answer is {now - value.observed_at:.0f} s old by its own word"
    return ExchangeUnavailable(value.exchange, FailureReason.STALE, detail)


def stale_stream(exchange: str, detail: str) -> ExchangeUnavailable:
    """Return the failure of an exchange whose stream alone has prices, and none that is new enough."""
    return ExchangeUnavailable(exchange, FailureReason.STALE, detail)


async def fetched_in_time(fetch: Callable[[], Awaitable[T]], max_lag_seconds: float) -> T:
    """Return what is fetched. Raises `ExchangeUnavailable` if it lags by more than this; 0 stands for no limit."""
    value = await fetch()
    if max_lag_seconds and value.lag_seconds > max_lag_seconds:
        raise stale(value, value.fetched_at)
    return value
