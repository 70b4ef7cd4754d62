"""Prices for Beancount: a source of `bean-price` (beanprice).

    2026-01-01 commodity BTC
      price: "USD:crossrate_client.beanprice/BTC-USD"

`CROSSRATE_CLIENT_URL` is the address of the service, http://127.0.0.1:8080 by default. `CROSSRATE_CLIENT_API_KEY` is a
key with the scopes `convert` and `quotes:read`: series need one, prices only where the service wants one.
"""

import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from beanprice.source import Source as BeanpriceSource
from beanprice.source import SourcePrice

from crossrate_client import Client, CrossrateError
from crossrate_client.models import Candle

DEFAULT_URL = "http://127.0.0.1:8080"
TIMEOUT_SECONDS = 15.0

# A price for the ledger need not be of this very second.
CACHE_MAX_SECONDS = 60

T = TypeVar("T")

_log = logging.getLogger(__name__)


class Source(BeanpriceSource):  # type: ignore[misc] # it ships no types
    """Asks a Crossrate service. A ticker is a pair with a hyphen: BTC-USD is the price of one BTC in USD."""

    def get_latest_price(self, ticker: str) -> SourcePrice | None:
        """Return the rate of now, and the moment at which its oldest price was true."""

        def ask(client: Client, base: str, quote: str) -> SourcePrice:
            found = client.convert(base, quote, 1, cache_max_seconds=CACHE_MAX_SECONDS)
            return SourcePrice(found.rate, found.updated_at, quote)

        return _asked(ticker, ask)

    def get_historical_price(self, ticker: str, time: datetime) -> SourcePrice | None:
        """Return what the service recorded nearest to that moment, the bank's rates included.

        beanprice asks for four in the afternoon. Today that may not be yet; then the rate of now counts.
        """
        if time >= datetime.now(UTC):
            return self.get_latest_price(ticker)

        def ask(client: Client, base: str, quote: str) -> SourcePrice:
            found = client.convert(base, quote, 1, at=time)
            return SourcePrice(found.rate, found.updated_at, quote)

        return _asked(ticker, ask)

    def get_prices_series(self, ticker: str, time_begin: datetime, time_end: datetime) -> list[SourcePrice] | None:
        """Return the last recorded quote of each day."""

        def ask(client: Client, base: str, quote: str) -> list[SourcePrice]:
            candles = client.candles(f"{base}/{quote}", "1d", since=time_begin, until=time_end)
            return [SourcePrice(candle.close, _noon(candle), quote) for candle in candles]

        return _asked(ticker, ask)


def _asked(ticker: str, ask: Callable[[Client, str, str], T]) -> T | None:
    """Return what is asked; None, and why in the log, if there is nothing."""
    base, hyphen, quote = ticker.rpartition("-")
    if not hyphen:
        _log.warning("%s is no pair; write BTC-USD for the price of one BTC in USD", ticker)
        return None
    try:
        with Client(
            os.environ.get("CROSSRATE_CLIENT_URL") or DEFAULT_URL,
            api_key=os.environ.get("CROSSRATE_CLIENT_API_KEY") or None,
            timeout_seconds=TIMEOUT_SECONDS,
        ) as client:
            return ask(client, base, quote)
    except (CrossrateError, ValueError) as error:
        _log.warning("no price of %s: %s", ticker, error)
        return None


def _noon(candle: Candle) -> datetime:
    """Return the noon of its day, which is the same day in nearly every time zone; beanprice keeps only the day."""
    return candle.opened_at + timedelta(hours=12)
