"""Kraken's public spot market data: https://docs.kraken.com/api/docs/rest-api/get-tradable-asset-pairs."""

import re
from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.kraken import NAME
from adapters.kraken.failures import failure_of
from adapters.kraken.messages import book_tickers_in, errors_in, instruments_in, names_in, order_book_in
from adapters.rest.client import Answer, RestClient
from adapters.rest.exchange import RestExchange
from adapters.rest.listing_parser import ListingParser
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.exchange import Quota
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

# "Calling the public endpoints at a frequency of 1 per second (or less) would remain within the rate limits." No
# answer tells how much of that is used.
QUOTA = Quota(60, 60.0, {Payload.INSTRUMENTS: 2, Payload.BOOK_TICKERS: 1})

# The most of each side that one request shows, at the cost of any other.
LEVELS = 500
DEPTH_WEIGHT = 1

# https://www.kraken.com/features/fee-schedule, without any discount.
TAKER_FEE = Decimal("0.004")

# Kraken then tells the Unix second from which it answers again.
_THROTTLED_UNTIL = re.compile(rb"Throttled:? ?\[?([0-9]{10})\b")
_HEAD_BYTES = 1024


class Kraken(RestExchange):
    """Kraken over REST, without a key. Failures have status 200, so the errors in the body count.

    A listing has only codes of assets. Their names are a document of its own, which is fetched after each listing that
    has changed.
    """

    NAME = NAME
    ORDER_BOOK_WEIGHT = DEPTH_WEIGHT
    TAKER_FEE = TAKER_FEE

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        super().__init__(RestClient(NAME, base_url, session, clock, meter, lambda _: None, self._pause), clock)
        self._names: dict[str, str] = {}
        self._named: bytes | None = None  # the listing for which the names were fetched
        self._listing = ListingParser(lambda body, observed_at: instruments_in(body, observed_at, self._names))

    @property
    def quota(self) -> Quota:
        """What the documentation says."""
        return QUOTA

    async def fetch_instruments(self) -> Instruments:
        """Fetch all pairs and, if they have changed, the names of all assets."""
        observed_at = self._clock.now()
        answer = await self._get("/0/public/AssetPairs")
        if answer.body != self._named:
            self._names = await self._fetch_names()
            self._named = answer.body
        return await self._parsed(answer, observed_at, self._listing.in_steps)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the tickers of all pairs in one request."""
        return await self._fetched("/0/public/Ticker", book_tickers_in)

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch Depth."""
        path = f"/0/public/Depth?pair={quote(symbol)}&count={LEVELS}"
        return await self._fetched(path, lambda body, at: order_book_in(body, symbol, at))

    async def _fetch_names(self) -> dict[str, str]:
        answer = await self._get("/0/public/Assets")
        with self._client.reading(answer):
            return await run_cooperatively(names_in(answer.body))

    async def _get(self, path: str) -> Answer:
        answer = await self._client.get(path)
        with self._client.reading(answer):
            errors = errors_in(answer.body)
        if errors:
            raise failure_of(errors, self._client, answer)
        return answer

    def _pause(self, answer: Answer) -> float | None:
        found = _THROTTLED_UNTIL.search(answer.body, 0, _HEAD_BYTES)
        return None if found is None else int(found[1]) - self._clock.now()
