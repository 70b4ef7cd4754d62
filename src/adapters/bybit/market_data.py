"""Bybit's public spot market data: https://bybit-exchange.github.io/docs/v5/market/instrument."""

from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.bybit import NAME
from adapters.bybit.messages import book_tickers_in, code_in, instruments_in, order_book_in
from adapters.rest.client import Answer, RestClient
from adapters.rest.exchange import Codes, RestExchange
from adapters.rest.listing_parser import ListingParser
from application.market_data.ports.exchange import Quota
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

SUCCESS = 0

# Requests of an address in 5 seconds. No answer to a request without a key tells how much of that is used.
QUOTA = Quota(600, 5.0, {Payload.INSTRUMENTS: 1, Payload.BOOK_TICKERS: 1})

# The most of each side that one request shows, at the cost of any other.
LEVELS = 200
DEPTH_WEIGHT = 1

# https://www.bybit.com/en/help-center/article/Trading-Fee-Structure, without any discount.
TAKER_FEE = Decimal("0.001")

# https://bybit-exchange.github.io/docs/v5/error
CODES = Codes(
    code_in,
    success=SUCCESS,
    rate_limited=frozenset({10006, 10018, 10429}),
    out_of_order=frozenset({10000, 10016, 10019}),
)

# "403, access too frequent" is a ban of at least ten minutes; other 403s concern the location.
_TOO_FREQUENT = b"access too frequent"
BAN_SECONDS = 600.0
_HEAD_BYTES = 1024


class Bybit(RestExchange):
    """Bybit over REST, without a key. Failures can have status 200, so the code in the body counts."""

    NAME = NAME
    ORDER_BOOK_WEIGHT = DEPTH_WEIGHT
    TAKER_FEE = TAKER_FEE
    CODES = CODES

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        super().__init__(RestClient(NAME, base_url, session, clock, meter, lambda _: None, _pause), clock)
        self._listing = ListingParser(instruments_in)

    @property
    def quota(self) -> Quota:
        """What the documentation says."""
        return QUOTA

    async def fetch_instruments(self) -> Instruments:
        """Fetch all spot pairs, which are one page."""
        return await self._fetched("/v5/market/instruments-info?category=spot", self._listing.in_steps)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the tickers of all spot pairs in one request."""
        return await self._fetched("/v5/market/tickers?category=spot", book_tickers_in)

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch orderbook."""
        path = f"/v5/market/orderbook?category=spot&symbol={quote(symbol)}&limit={LEVELS}"
        return await self._fetched(path, lambda body, at: order_book_in(body, symbol, at))


def _pause(answer: Answer) -> float | None:
    is_ban = answer.status == 403 and _TOO_FREQUENT in answer.body[:_HEAD_BYTES].lower()
    return BAN_SECONDS if is_ban else None
