"""The port to metrics of market data."""

from enum import StrEnum
from typing import Protocol

from domain.rates.book_tickers import BookTickers
from domain.rates.errors import FailureReason
from domain.rates.instruments import Instruments


class PriceSource(StrEnum):
    """Where prices came from."""

    PROCESS = "process"
    CACHE = "cache"
    EXCHANGE = "exchange"


class MarketDataMeter(Protocol):
    """Each call reports one event. No call blocks or raises."""

    def exchange_called(self, exchange: str, failure: FailureReason | None) -> None:
        """A call to an exchange ended; `failure` is None for a success."""
        ...

    def fetch_throttled(self, exchange: str) -> None:
        """A fetch for requests was not made, because the rest of the rate limit is kept for the sync."""
        ...

    def cached_value_rejected(self, exchange: str) -> None:
        """The cache held a value that none of our processes wrote, or an old one in place of a new one."""
        ...

    def prices_held_back(self, exchange: str, began: int, held_back: int) -> None:
        """So many more prices of an exchange are held back, since they jumped; `held_back` is how many are now."""
        ...

    def breaker_changed(self, exchange: str, *, is_open: bool) -> None:
        """An exchange's breaker opened, stays open longer, or was closed by a successful probe."""
        ...

    def prices_served(self, exchange: str, source: PriceSource, times: int = 1) -> None:
        """A conversion used an exchange's prices, or so many did; those that share a fetch count one by one."""
        ...

    def instruments_observed(self, instruments: Instruments) -> None:
        """Newer instruments are in memory, whether from the exchange or from the cache."""
        ...

    def book_tickers_observed(self, book_tickers: BookTickers) -> None:
        """Newer book tickers are in memory, whether from the exchange or from the cache."""
        ...

    def weight_reported(self, exchange: str, used: int) -> None:
        """An exchange reported the weight that this IP address has used in the current window."""
        ...

    def leadership_changed(self, *, is_leader: bool) -> None:
        """This process gained or lost the leadership of the market sync."""
        ...
