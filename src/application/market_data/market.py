"""What a conversion asks of one exchange's market."""

from typing import Protocol

from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.routing import Routes


class Market(Protocol):
    """Instruments and prices of the exchange `name`, no older than the caller's bound. Moments are in Unix seconds."""

    name: str

    @property
    def is_answering(self) -> bool:
        """Whether a call may be made in advance: the last one has not failed, and none is the breaker's probe."""
        ...

    @property
    def are_instruments_coming(self) -> bool:
        """Whether instruments are being fetched for somebody."""
        ...

    def instruments_in_memory(self, now: float) -> Instruments | None:
        """Return the instruments in memory if they are fresh enough at `now`; else None."""
        ...

    def routes_in_memory(self, not_before: float | None, now: float) -> Routes | None:
        """Return the routes at prices observed at or after `not_before`; None unless all data is in memory.

        None as `not_before` asks for prices fetched after the request arrived. Some symbols' books may be older: then
        a route's `observed_at` tells.
        """
        ...

    def routes_of_any_age(self) -> Routes | None:
        """Return the routes over the newest data in memory, however old; None before the first."""
        ...

    def routes(self, instruments: Instruments, book_tickers: BookTickers) -> Routes:
        """Return the routes over these instruments at these prices: the same object while both stay the same."""
        ...

    async def instruments(self, max_age_seconds: float | None = None) -> Instruments:
        """Return instruments no older than the setting, or than `max_age_seconds`. Raises `ExchangeUnavailable`."""
        ...

    async def book_tickers(
        self, not_before: float | None, generation: int | None = None, *, is_whole: bool = False
    ) -> BookTickers:
        """Return book tickers observed at or after `not_before`, or fetched after the caller arrived.

        With None only the latter will do. `generation` is that of the arrival, by default now. Some symbols' books may
        be older, unless `is_whole`. Raises `ExchangeUnavailable`.
        """
        ...
