"""Binance's public spot market data: https://developers.binance.com/docs/binance-spot-api-docs/rest-api."""

from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.binance import NAME
from adapters.binance.messages import book_tickers_in, instruments_in, order_book_in, weight_per_minute_in
from adapters.rest.age_headers import as_old_as_headers_tell
from adapters.rest.client import Answer, RestClient
from adapters.rest.listing_parser import ListingParser
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.market_data.ports.order_books import OrderBooks
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


class Binance(Exchange, OrderBooks):
    """Binance over REST, without a key. Only the headers of its answers contain a time."""

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        self._client = RestClient(NAME, base_url, session, clock, meter, self._usage_in)
        self._listing = ListingParser(instruments_in, changing_number="serverTime")
        self._clock = clock
        self._weight_per_minute = WEIGHT_PER_MINUTE

    @property
    def name(self) -> str:
        """`binance`."""
        return NAME

    @property
    def usage(self) -> Usage | None:
        """The last reported use of the rate limit."""
        return self._client.last_usage

    @property
    def quota(self) -> Quota:
        """What exchangeInfo told last."""
        return Quota(self._weight_per_minute, 60.0, WEIGHTS)

    @property
    def order_books(self) -> OrderBooks:
        """Its own."""
        return self

    @property
    def order_book_weight(self) -> int:
        """The weight of depth."""
        return DEPTH_WEIGHT

    @property
    def standard_taker_fee(self) -> Decimal:
        """A regular account's."""
        return TAKER_FEE

    async def fetch_instruments(self) -> Instruments:
        """Fetch exchangeInfo, without permission sets, which are most of its bytes."""
        observed_at = self._clock.now()
        answer = await self._client.get("/api/v3/exchangeInfo?showPermissionSets=false")
        with self._client.reading(answer):
            instruments = await run_cooperatively(self._listing.in_steps(answer.body, observed_at))
        self._weight_per_minute = weight_per_minute_in(answer.body) or self._weight_per_minute
        return as_old_as_headers_tell(instruments, answer)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch all bookTickers in one request."""
        observed_at = self._clock.now()
        answer = await self._client.get("/api/v3/ticker/bookTicker")
        with self._client.reading(answer):
            book_tickers = await run_cooperatively(book_tickers_in(answer.body, observed_at))
        return as_old_as_headers_tell(book_tickers, answer)

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch depth."""
        observed_at = self._clock.now()
        answer = await self._client.get(f"/api/v3/depth?symbol={quote(symbol)}&limit={LEVELS}")
        with self._client.reading(answer):
            book = await run_cooperatively(order_book_in(answer.body, symbol, observed_at))
        return as_old_as_headers_tell(book, answer)

    def _usage_in(self, answer: Answer) -> Usage | None:
        used = answer.whole_number("X-MBX-USED-WEIGHT-1M")
        if used is None:
            return None
        return Usage(used, self._weight_per_minute, (self._clock.now() // 60 + 1) * 60)
