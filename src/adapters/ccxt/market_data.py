"""Spot market data of an exchange through ccxt's asynchronous REST client: https://docs.ccxt.com."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from adapters.ccxt import PREFIX
from adapters.ccxt.clients import client_of, takes_bids_asks
from adapters.ccxt.failures import failure_of
from adapters.ccxt.messages import book_tickers_in, instruments_in
from adapters.rest.bodies import BodyTooLarge
from application.concurrency.cooperative import run_cooperatively
from application.market_data.ports.exchange import Exchange, Quota, Usage
from application.ports.clock import Clock
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.instruments import Instruments


class CcxtExchange(Exchange):
    """One of ccxt's exchanges. Its prices were floats, and have up to some 15 digits.

    Calls are made over the session, so its connections, its proxy and its end are those of every exchange. `url` is
    where the exchange is called instead of at its own address.
    """

    def __init__(self, exchange_id: str, *, url: str | None, session: aiohttp.ClientSession, clock: Clock) -> None:
        self._name = f"{PREFIX}:{exchange_id}"
        self._client = client_of(exchange_id, url, session)
        self._attempt_seconds = session.timeout.total
        self._clock = clock
        self._ids: dict[str, str] = {}

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

    async def fetch_instruments(self) -> Instruments:
        """Fetch all markets."""
        observed_at = self._clock.now()
        with self._translated():
            async with asyncio.timeout(self._attempt_seconds):
                markets = await self._client.fetch_markets()
            self._client.set_markets(markets)  # else tickers would fetch them again
            self._ids = {str(each["symbol"]): str(each["id"]) for each in markets if each["spot"] is True}
            return instruments_in(self._name, markets, observed_at)

    async def fetch_book_tickers(self) -> BookTickers:
        """Fetch the tickers of all spot pairs, after the markets once, in which ccxt looks their symbols up."""
        if not self._ids:
            await self.fetch_instruments()
        observed_at = self._clock.now()
        fetch = self._client.fetch_bids_asks if takes_bids_asks(self._client) else self._client.fetch_tickers
        with self._translated():
            async with asyncio.timeout(self._attempt_seconds):
                tickers = await fetch()
            return await run_cooperatively(book_tickers_in(self._name, tickers, self._ids, observed_at))

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except BodyTooLarge as error:
            raise ExchangeUnavailable(self._name, FailureReason.BAD_BODY, str(error)) from None
        except Exception as error:  # a body that it does not expect can make ccxt raise anything
            raise failure_of(self._name, error) from error
