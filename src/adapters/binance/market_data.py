"""Binance's public spot market data: https://developers.binance.com/docs/binance-spot-api-docs/rest-api."""

from typing import Any, Generic, TypeVar

import aiohttp
import msgspec

from adapters.rest.client import Answer, RestClient
from adapters.rest.rows import RowsDecoder
from application.concurrency.cooperative import run_cooperatively, yield_to_event_loop
from application.market_data.ports.exchange import Exchange, Usage
from application.market_data.ports.meter import Meter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.instruments import Instruments

NAME = "binance"

# For each address, counted anew with each minute of the clock.
WEIGHT_A_MINUTE = 6000

Row = TypeVar("Row")


class _Symbol(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    status: str
    base_asset: str
    quote_asset: str
    is_spot_trading_allowed: bool

    @property
    def names(self) -> tuple[str, str, str]:
        return self.symbol, self.base_asset, self.quote_asset

    @property
    def is_tradable(self) -> bool:
        # An allow-list: new statuses appear over time, and halted symbols keep their row and a stale price.
        return self.status == "TRADING" and self.is_spot_trading_allowed


class _ExchangeInfo(msgspec.Struct, Generic[Row]):
    symbols: list[Row]


class _BookTicker(msgspec.Struct, rename="camel", gc=False):
    symbol: str
    bid_price: str
    ask_price: str


_LISTING: RowsDecoder[_ExchangeInfo[Any], _Symbol] = RowsDecoder(_ExchangeInfo, _Symbol, lambda info: info.symbols)
_BOOKS: RowsDecoder[list[Any], _BookTicker] = RowsDecoder(list, _BookTicker, lambda rows: rows)


class Binance(Exchange):
    """Binance over REST, without a key. Its answers bear no time of their own, so the fetch's counts."""

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: Meter) -> None:
        self._client = RestClient(NAME, base_url, session, meter, self._usage_in)
        self._clock = clock

    @property
    def name(self) -> str:
        """The name under which the service knows it."""
        return NAME

    @property
    def usage(self) -> Usage | None:
        """What it told last of its rate limit."""
        return self._client.last_usage

    async def fetch_instruments(self) -> Instruments:
        """Ask for exchangeInfo (weight 20), without what account may trade which pair: that is most of its bytes."""
        observed_at = self._clock.now()
        answer = await self._client.get("/api/v3/exchangeInfo?showPermissionSets=false")
        with self._client.reading():
            _, rows = await _LISTING.decode(answer.body)
            tradable = [row.names for row in rows if row.is_tradable]
            halted = [row.names for row in rows if not row.is_tradable]
            await yield_to_event_loop()
            return Instruments.of(NAME, tradable, observed_at, halted)

    async def fetch_book_tickers(self) -> BookTickers:
        """Ask for every bookTicker at once (weight 4). Halted symbols come with zeros."""
        observed_at = self._clock.now()
        answer = await self._client.get("/api/v3/ticker/bookTicker")
        with self._client.reading():
            _, rows = await _BOOKS.decode(answer.body)
            bids, asks = [row.bid_price for row in rows], [row.ask_price for row in rows]
            prices = await run_cooperatively(Prices.in_steps([row.symbol for row in rows], bids, asks))
            return BookTickers(NAME, prices, observed_at)

    def _usage_in(self, answer: Answer) -> Usage | None:
        used = answer.whole_number("X-MBX-USED-WEIGHT-1M")
        if used is None:
            return None
        return Usage(used, WEIGHT_A_MINUTE, (self._clock.now() // 60 + 1) * 60)
