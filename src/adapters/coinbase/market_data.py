"""Coinbase Exchange's public market data: https://docs.cdp.coinbase.com/exchange/rest-api/products."""

from collections.abc import Mapping
from decimal import Decimal
from urllib.parse import quote

import aiohttp

from adapters.coinbase import NAME
from adapters.coinbase.messages import instruments_in, names_in, order_book_in
from adapters.rest.client import RestClient
from adapters.rest.exchange import RestExchange
from adapters.rest.listing_parser import ListingParser
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.currency_names import CurrencyNames
from application.market_data.ports.exchange import Quota
from application.market_data.ports.fetch_lock import Payload
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

# Requests of an address in a second. No answer tells how much of that is used.
QUOTA = Quota(10, 1.0, {Payload.INSTRUMENTS: 1, Payload.BOOK_TICKERS: 1})
DEPTH_WEIGHT = 1
CURRENCIES_WEIGHT = 1

# https://help.coinbase.com/en/exchange/trading-and-funding/exchange-fees, of who trades little.
TAKER_FEE = Decimal("0.006")


class Coinbase(RestExchange, CurrencyNames):
    """Coinbase over REST, without a key. Failures have their HTTP status, and a `message`.

    No answer has the prices of all pairs: they come by the feed alone.
    """

    NAME = NAME
    ORDER_BOOK_WEIGHT = DEPTH_WEIGHT
    TAKER_FEE = TAKER_FEE

    def __init__(self, *, base_url: str, session: aiohttp.ClientSession, clock: Clock, meter: MarketDataMeter) -> None:
        super().__init__(RestClient(NAME, base_url, session, clock, meter, lambda _: None), clock)
        self._listing = ListingParser(instruments_in)

    @property
    def quota(self) -> Quota:
        """What the documentation says."""
        return QUOTA

    async def fetch_instruments(self) -> Instruments:
        """Fetch all products."""
        return await self._fetched("/products", self._listing.in_steps)

    async def fetch_book_tickers(self) -> BookTickers:
        """Raise `ExchangeUnavailable`: there is no such call."""
        raise self._client.refused("no answer has the prices of all pairs: they come by its stream alone")

    @property
    def currency_names(self) -> CurrencyNames:
        """Its own."""
        return self

    @property
    def currency_names_weight(self) -> int:
        """The same for any number of currencies."""
        return CURRENCIES_WEIGHT

    async def fetch_currency_names(self) -> Mapping[str, str]:
        """Fetch all currencies, which have a `name`."""
        answer = await self._get("/currencies")
        with self._client.reading(answer):
            return await run_cooperatively(names_in(answer.body))

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch level 2."""
        path = f"/products/{quote(symbol, safe='')}/book?level=2"
        return await self._fetched(path, lambda body, at: order_book_in(body, symbol, at))
