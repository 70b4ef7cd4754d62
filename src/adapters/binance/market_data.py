"""Binance's public spot market data: https://developers.binance.com/docs/binance-spot-api-docs/rest-api."""

from collections.abc import Generator
from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.binance import NAME
from adapters.binance.messages import book_tickers_in, instruments_in, order_book_in, weight_per_minute_in
from adapters.rest.client import Answer, RestClient
from adapters.rest.exchange import RestExchange
from adapters.rest.listing_parser import ListingParser
from application.market_data.ports.exchange import Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

# Per IP address, reset at the start of each UTC minute, unless exchangeInfo tells another limit.
WEIGHT_PER_MINUTE = 6000
WEIGHTS = {Payload.INSTRUMENTS: 20, Payload.BOOK_TICKERS: 4}

# A call for so many levels of each side has the same weight as one for 101.
LEVELS = 500
DEPTH_WEIGHT = 25

# https://www.binance.com/en/fee/schedule, without any discount.
TAKER_FEE = Decimal("0.001")


class Binance(RestExchange):
    """Binance over REST, without a key. Only the headers of its answers contain a time."""

    NAME = NAME
    ORDER_BOOK_WEIGHT = DEPTH_WEIGHT
    TAKER_FEE = TAKER_FEE

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        super().__init__(RestClient(NAME, base_url, session, clock, meter, self._usage_in), clock)
        self._listing = ListingParser(instruments_in, changing_number="serverTime")
        self._weight_per_minute = WEIGHT_PER_MINUTE

    @property
    def quota(self) -> Quota:
        """What exchangeInfo told last."""
        return Quota(self._weight_per_minute, 60.0, WEIGHTS)

    async def fetch_instruments(self) -> Instruments:
        """Fetch exchangeInfo, without permission sets, which are most of its bytes."""
        return await self._fetched("/api/v3/exchangeInfo?showPermissionSets=false", self._listed_in)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch all bookTickers in one request."""
        return await self._fetched("/api/v3/ticker/bookTicker", book_tickers_in)

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch depth."""
        path = f"/api/v3/depth?symbol={quote(symbol)}&limit={LEVELS}"
        return await self._fetched(path, lambda body, at: order_book_in(body, symbol, at))

    def _listed_in(self, body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
        instruments = yield from self._listing.in_steps(body, observed_at)
        self._weight_per_minute = weight_per_minute_in(body) or self._weight_per_minute
        return instruments

    def _usage_in(self, answer: Answer) -> Usage | None:
        used = answer.whole_number("X-MBX-USED-WEIGHT-1M")
        if used is None:
            return None
        return Usage(used, self._weight_per_minute, (self._clock.now() // 60 + 1) * 60)
