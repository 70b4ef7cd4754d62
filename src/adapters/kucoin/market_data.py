"""KuCoin's public spot market data: https://www.kucoin.com/docs-new/rest/spot-trading/market-data."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.kucoin import NAME
from adapters.kucoin.messages import book_tickers_in, code_in, instruments_in, names_in, order_book_in
from adapters.rest.client import Answer, RestClient
from adapters.rest.exchange import RestExchange
from adapters.rest.listing_parser import ListingParser
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.currency_names import CurrencyNames
from application.market_data.ports.exchange import Quota, Usage
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

SUCCESS = "200000"
TOO_MANY_REQUESTS = "429000"

# "System-level rate limit exceeded" means an overloaded server, not our rate limit: a short pause is enough.
SYSTEM_OVERLOAD_PAUSE_SECONDS = 1.0

# The pool of weight for an address without a key, unless the headers tell another, is refilled after this time.
POOL = 2000
WINDOW_SECONDS = 30.0
WEIGHTS = {Payload.INSTRUMENTS: 4, Payload.BOOK_TICKERS: 15}

# All levels beyond the first 100 take a key.
LEVEL2_WEIGHT = 4

CURRENCIES_WEIGHT = 3

# https://www.kucoin.com/vip/privilege, without any discount; `takerFeeCoefficient` of a pair multiplies it.
TAKER_FEE = Decimal("0.001")


class KuCoin(RestExchange, CurrencyNames):
    """KuCoin over REST, without a key. Failures can have status 200, so the code in the body counts."""

    NAME = NAME
    ORDER_BOOK_WEIGHT = LEVEL2_WEIGHT
    TAKER_FEE = TAKER_FEE

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        super().__init__(RestClient(NAME, base_url, session, clock, meter, self._usage_in, _pause), clock)
        self._listing = ListingParser(instruments_in)

    @property
    def quota(self) -> Quota:
        """The pool, as large as the last answer told."""
        return Quota(POOL if self.usage is None else self.usage.limit, WINDOW_SECONDS, WEIGHTS)

    async def fetch_instruments(self) -> Instruments:
        """Fetch all symbols."""
        return await self._fetched("/api/v2/symbols", self._listing.in_steps)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the snapshot of all tickers."""
        return await self._fetched(
            "/api/v1/market/allTickers", lambda body, at: book_tickers_in(body, at, self._clock.now())
        )

    @property
    def currency_names(self) -> CurrencyNames:
        """Its own."""
        return self

    @property
    def currency_names_weight(self) -> int:
        """The same for any number of currencies."""
        return CURRENCIES_WEIGHT

    async def fetch_currency_names(self) -> Mapping[str, str]:
        """Fetch all currencies, which have a `fullName`."""
        answer = await self._get("/api/v3/currencies")
        with self._client.reading(answer):
            return await run_cooperatively(names_in(answer.body))

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch the best 100 levels of each side."""
        path = f"/api/v1/market/orderbook/level2_100?symbol={quote(symbol)}"
        return await self._fetched(path, lambda body, at: order_book_in(body, symbol, at, self._clock.now()))

    async def _get(self, path: str) -> Answer:
        answer = await self._client.get(path)
        with self._client.reading(answer):
            code = code_in(answer.body)
        if code == TOO_MANY_REQUESTS:
            raise self._client.limited(answer)
        if code != SUCCESS:
            raise self._client.refused(f"HTTP 200 with code {code[:20]}")
        return answer

    def _usage_in(self, answer: Answer) -> Usage | None:
        """Read the headers: the size of the pool, what is left of it, and the milliseconds until it is refilled."""
        limit, remaining = answer.whole_number("gw-ratelimit-limit"), answer.whole_number("gw-ratelimit-remaining")
        if not limit or remaining is None:
            return None
        reset = answer.whole_number("gw-ratelimit-reset")
        seconds = WINDOW_SECONDS if reset is None else min(reset / 1000, WINDOW_SECONDS)
        return Usage(max(limit - remaining, 0), limit, self._clock.now() + seconds)


def _pause(answer: Answer) -> float | None:
    """Read KuCoin's own header, in milliseconds, because it sends no Retry-After."""
    if b"System-level" in answer.body:
        return SYSTEM_OVERLOAD_PAUSE_SECONDS
    reset = answer.whole_number("gw-ratelimit-reset")
    return None if reset is None else reset / 1000
