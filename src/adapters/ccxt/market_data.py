"""Spot market data of an exchange through ccxt's asynchronous REST client: https://docs.ccxt.com."""

import asyncio
import math
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import aiohttp

from adapters.ccxt import PREFIX
from adapters.ccxt.bounded_session import Redirected
from adapters.ccxt.clients import client_of, counts_in_steps, takes_bids_asks
from adapters.ccxt.failures import failure_of
from adapters.ccxt.messages import book_tickers_in, instruments_in
from adapters.ccxt.order_books import order_book_in, shows_order_books, standard_taker_fee
from adapters.rest.bodies import BodyTooLarge
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.market_data.ports.order_books import OrderBooks
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.instruments import Instruments
from domain.rates.order_book import OrderBook

# How often the markets are read anew for a pair that is not among them.
READ_AGAIN_SECONDS = 60.0

# And for prices, of pairs that were listed since, where another process fetches the list of pairs for this one.
MARKETS_MAX_AGE_SECONDS = 300.0


class CcxtExchange(Exchange, OrderBooks):
    """One of ccxt's exchanges. Its prices were floats, and have up to some 15 digits.

    Calls are made over the session, so its connections, its proxy and its end are those of every exchange. `url` is
    where the exchange is called instead of at its own address.
    """

    def __init__(self, exchange_id: str, *, url: str | None, session: aiohttp.ClientSession, clock: Clock) -> None:
        self._name = f"{PREFIX}:{exchange_id}"
        self._client = client_of(exchange_id, url, session)
        self._attempt_seconds = session.timeout.total
        self._clock = clock
        self._ids: dict[str, str] = {}  # the exchange's symbols, by those that ccxt made
        self._names: dict[str, str] = {}  # the other way round
        self._read_at = -math.inf

    @property
    def name(self) -> str:
        """Such as `ccxt:gate`."""
        return self._name

    @property
    def usage(self) -> Usage | None:
        """None: ccxt does not tell."""
        return None

    @property
    def quota(self) -> Quota | None:
        """None: it is not known in weights."""
        return None

    @property
    def order_books(self) -> OrderBooks | None:
        """Its own, if ccxt has a call for them."""
        return self if shows_order_books(self._client) else None

    @property
    def order_book_weight(self) -> int:
        """The same for each call, as no quota is known."""
        return 1

    @property
    def standard_taker_fee(self) -> Decimal:
        """What ccxt knows."""
        return standard_taker_fee(self._client)

    async def fetch_instruments(self) -> Instruments:
        """Fetch all markets."""
        observed_at = self._clock.now()
        with self._translated():
            async with asyncio.timeout(self._attempt_seconds):
                markets = await self._client.fetch_markets()
            self._client.set_markets(markets)  # else tickers would fetch them again
            spot = [each for each in markets if each["spot"] is True]
            self._names = {str(each["id"]): str(each["symbol"]) for each in spot}
            self._ids = {str(each["symbol"]): str(each["id"]) for each in spot}
            self._read_at = observed_at
            return instruments_in(self._name, markets, observed_at, are_steps=counts_in_steps(self._client))

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the tickers of all spot pairs, after the markets, if those in which ccxt looks them up are old."""
        if not self._ids or not 0 <= self._clock.now() - self._read_at < MARKETS_MAX_AGE_SECONDS:
            await self.fetch_instruments()
        observed_at = self._clock.now()
        fetch = self._client.fetch_bids_asks if takes_bids_asks(self._client) else self._client.fetch_tickers
        with self._translated():
            async with asyncio.timeout(self._attempt_seconds):
                tickers = await fetch()
            return await run_cooperatively(book_tickers_in(self._name, tickers, self._ids, observed_at))

    async def fetch_order_book(self, symbol: str) -> OrderBook:
        """Fetch as many levels as the exchange shows unasked: what else it would take differs among them."""
        name = await self._name_of(symbol)
        observed_at = self._clock.now()
        with self._translated():
            async with asyncio.timeout(self._attempt_seconds):
                document = await self._client.fetch_order_book(name)
            return await run_cooperatively(order_book_in(self._name, symbol, document, observed_at))

    async def _name_of(self, symbol: str) -> str:
        """Return ccxt's own symbol. A pair may be known from a listing that another process has read."""
        if symbol not in self._names and not 0 <= self._clock.now() - self._read_at < READ_AGAIN_SECONDS:
            await self.fetch_instruments()
        name = self._names.get(symbol)
        if name is None:
            raise ExchangeUnavailable(self._name, FailureReason.REFUSED, f"lists no {symbol}")
        return name

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except BodyTooLarge as error:
            raise ExchangeUnavailable(self._name, FailureReason.BAD_BODY, str(error)) from None
        except Redirected as error:
            raise ExchangeUnavailable(self._name, FailureReason.REFUSED, str(error)) from None
        except Exception as error:  # a body that it does not expect can make ccxt raise anything
            raise failure_of(self._name, error) from error
