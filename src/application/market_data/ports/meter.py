"""Who is told what happened, so that it can be counted."""

from enum import StrEnum
from typing import Protocol

from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.errors import FailureReason
from domain.rates.instruments import Instruments


class Level(StrEnum):
    """Where prices were had from."""

    PROCESS = "process"
    CACHE = "cache"
    EXCHANGE = "exchange"


class Meter(Protocol):
    """Each call tells of one event. None waits for anything, and none fails: what is counted goes on regardless."""

    def converted(self, conversion: Conversion) -> None:
        """A conversion was made."""
        ...

    def exchange_called(self, exchange: str, failure: FailureReason | None) -> None:
        """A call to an exchange ended: well, or with that failure."""
        ...

    def breaker_moved(self, exchange: str, *, is_open: bool) -> None:
        """An exchange's breaker opened, or opened for longer; or it closed, since a probe went well."""
        ...

    def prices_had(self, exchange: str, level: Level) -> None:
        """A conversion needed prices of an exchange and had them; those who share a fetch are told of one by one."""
        ...

    def instruments_observed(self, instruments: Instruments) -> None:
        """A newer listing is in hand, whether from the exchange or from the cache."""
        ...

    def book_tickers_observed(self, book_tickers: BookTickers) -> None:
        """Newer books are in hand, whether from the exchange or from the cache."""
        ...

    def divergence_found(self, exchange: str, other: str, pairs: int) -> None:
        """Two exchanges, in the order in which they are asked, were compared: so many pairs are too far apart."""
        ...

    def weight_told(self, exchange: str, used: int) -> None:
        """An exchange told how much of its rate limit this address has used in the window under way."""
        ...

    def sync_led(self, *, is_leader: bool) -> None:
        """This process has begun, or ceased, to fetch every market for all."""
        ...
