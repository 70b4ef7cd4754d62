"""Counts what happens to market data."""

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
    """Each call reports one event. None waits, and none raises: what is counted goes on regardless."""

    def exchange_called(self, exchange: str, failure: FailureReason | None) -> None:
        """A call to an exchange ended: None for a success."""
        ...

    def breaker_changed(self, exchange: str, *, is_open: bool) -> None:
        """An exchange's breaker opened, or opened for longer; or a successful probe closed it."""
        ...

    def prices_served(self, exchange: str, source: PriceSource) -> None:
        """A conversion got prices of an exchange; each of those who share a fetch is counted."""
        ...

    def instruments_observed(self, instruments: Instruments) -> None:
        """Newer instruments are in memory, whether from the exchange or from the cache."""
        ...

    def book_tickers_observed(self, book_tickers: BookTickers) -> None:
        """Newer book tickers are in memory, whether from the exchange or from the cache."""
        ...

    def weight_reported(self, exchange: str, used: int) -> None:
        """An exchange reported how much of its rate limit this address has used in the current window."""
        ...

    def leadership_changed(self, *, is_leader: bool) -> None:
        """This process became the leader of the market sync, or ceased to be it."""
        ...
