"""OKX's public spot market data: https://www.okx.com/docs-v5/en/#public-data-rest-api-get-instruments."""

from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.okx import NAME
from adapters.okx.messages import book_tickers_in, code_in, instruments_in, order_book_in
from adapters.rest.client import RestClient
from adapters.rest.exchange import Codes, RestExchange
from adapters.rest.listing_parser import ListingParser
from application.market_data.ports.exchange import Quota
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

SUCCESS = "0"

# Each of the two calls is allowed 20 times in 2 seconds. No answer tells how much of that is used.
QUOTA = Quota(20, 2.0, {Payload.INSTRUMENTS: 1, Payload.BOOK_TICKERS: 1})

# The most of each side that one request shows, at the cost of any other.
LEVELS = 400
DEPTH_WEIGHT = 1

# https://www.okx.com/fees, without any discount.
TAKER_FEE = Decimal("0.001")

# https://www.okx.com/docs-v5/en/#error-code-rest-api-public
CODES = Codes(
    code_in,
    success=SUCCESS,
    rate_limited=frozenset({"50011", "50061"}),
    out_of_order=frozenset({"50001", "50004", "50013", "50026"}),
)


class Okx(RestExchange):
    """OKX over REST, without a key. Failures can have status 200, so the code in the body counts."""

    NAME = NAME
    ORDER_BOOK_WEIGHT = DEPTH_WEIGHT
    TAKER_FEE = TAKER_FEE
    CODES = CODES

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        super().__init__(RestClient(NAME, base_url, session, clock, meter, lambda _: None), clock)
        self._listing = ListingParser(instruments_in)

    @property
    def quota(self) -> Quota:
        """What the documentation says."""
        return QUOTA

    async def fetch_instruments(self) -> Instruments:
        """Fetch all spot instruments."""
        return await self._fetched("/api/v5/public/instruments?instType=SPOT", self._listing.in_steps)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the tickers of all spot instruments in one request."""
        return await self._fetched("/api/v5/market/tickers?instType=SPOT", book_tickers_in)

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch books."""
        path = f"/api/v5/market/books?instId={quote(symbol)}&sz={LEVELS}"
        return await self._fetched(path, lambda body, at: order_book_in(body, symbol, at))
