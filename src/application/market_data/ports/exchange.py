"""The port to an exchange's public market data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from application.market_data.ports.currency_names import CurrencyNames
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.order_books import OrderBooks
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of an exchange's rate limit this IP address has used, in the exchange's own weights.

    `until` is the end of the current window, in Unix seconds.
    """

    used: int
    limit: int
    until: float


@dataclass(frozen=True, slots=True)
class Quota:
    """What an exchange allows this IP address: `limit` of its own weights within `window_seconds`.

    `weights` has the weight of each call.
    """

    limit: int
    window_seconds: float
    weights: Mapping[Payload, int]


class Exchange(Protocol):
    """One exchange. Each call makes one request with a timeout, without cache or retry.

    Both calls date their result with the time *before* the request was sent, or with an earlier one and the lag if the
    answer itself says that it is older. They raise `ExchangeUnavailable` if there is no complete, plausible answer. A
    bad row is left out and does not affect the others.
    """

    @property
    def name(self) -> str:
        """The name in lower case, as the API spells it."""
        ...

    @property
    def usage(self) -> Usage | None:
        """The last reported use of the rate limit, None before any report."""
        ...

    @property
    def quota(self) -> Quota | None:
        """What the exchange allows, as it told last; None if it has no such limit, so that fetches are not spaced."""
        return None

    @property
    def order_books(self) -> OrderBooks | None:
        """Its order books, None if it shows none to everyone."""
        return None

    @property
    def currency_names(self) -> CurrencyNames | None:
        """Its names of currencies, None if it tells them to nobody without an account."""
        return None

    async def fetch_instruments(self) -> Instruments:
        """Return the pairs that can be traded now."""
        ...

    async def fetch_book_tickers(self) -> BookTickers:
        """Return the sane books of all symbols, tradable or not: the instruments decide which are used."""
        ...
