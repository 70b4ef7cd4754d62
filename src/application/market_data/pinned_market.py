"""One exchange's market for a batch: every question of the batch is answered from the same prices."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from application.market_data.attempts import MAX_ATTEMPTS, RETRY_AFTER_SECONDS
from application.market_data.freshness import Arrival, are_all_from
from application.market_data.lag_limit import stale
from application.market_data.market import Market
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable
from domain.rates.instruments import Instruments
from domain.rates.routing import Routes

T = TypeVar("T")


class PinnedMarket(Market):
    """Keeps the first prices that satisfy the strictest question of the batch; there is no second fetch.

    If that fetch fails, questions that accept older prices all get those in memory; the others get the failure. Some
    symbols' books may be older than the rest of those, as in any other market: then a route's `observed_at` tells.
    """

    def __init__(self, market: Market, strictest: float | None, arrival: Arrival) -> None:
        """`strictest` is the latest `not_before` of all questions; None: prices must be fetched after `arrival`."""
        self.name = market.name
        self._market = market
        self._strictest = strictest
        self._arrival = arrival
        self._instruments: Instruments | None = None
        self._book_tickers: BookTickers | None = None
        self._routes: Routes | None = None
        self._is_fetched = False
        self._listing_fetch: _SharedFetch[Instruments] = _SharedFetch()
        self._price_fetch: _SharedFetch[BookTickers] = _SharedFetch()

    @property
    def is_answering(self) -> bool:
        """False: what a batch asks in advance would not be counted with its attempts."""
        return False

    @property
    def are_instruments_coming(self) -> bool:
        """Whether instruments are being fetched for somebody."""
        return self._market.are_instruments_coming

    def instruments_in_memory(self, now: float) -> Instruments | None:
        """Return the instruments of the batch."""
        if self._instruments is None:
            self._instruments = self._market.instruments_in_memory(now)
        return self._instruments

    def routes_in_memory(self, not_before: float | None, now: float) -> Routes | None:
        """Return the routes at the prices of the batch, if it has them and they are new enough for this question."""
        book_tickers = self._book_tickers
        if book_tickers is None:
            if self._price_fetch.failure is None:
                self._pin_from_memory(self._strictest, now, is_whole=True)
            else:
                self._pin_from_memory(not_before, now)
            book_tickers = self._book_tickers
        if book_tickers is None or not self._is_acceptable(book_tickers, not_before):
            return None
        return self._routes

    def routes_for_all(self, now: float) -> Routes | None:
        """Return the routes at the prices of the batch, which satisfy all its questions; None if not in memory."""
        routes = self.routes_in_memory(self._strictest, now)
        return routes if routes is not None and self._are_whole(routes.market.book_tickers, self._strictest) else None

    def routes_of_any_age(self) -> Routes | None:
        """Return the routes over the newest data in memory."""
        return self._market.routes_of_any_age()

    def routes(self, instruments: Instruments, book_tickers: BookTickers) -> Routes:
        """Return the routes, the same object while both stay the same."""
        routes = self._routes
        if (
            routes is None
            or routes.market.instruments is not instruments
            or routes.market.book_tickers is not book_tickers
        ):
            routes = self._routes = self._market.routes(instruments, book_tickers)
        return routes

    async def instruments(self, max_age_seconds: float | None = None) -> Instruments:
        """Return the instruments of the batch. Those that are too old for a "not listed" are fetched once."""
        instruments = self._instruments
        is_old = instruments is None or (
            max_age_seconds is not None and self._arrival.at - instruments.observed_at > max_age_seconds
        )
        if instruments is None or is_old:
            fetch = partial(self._market.instruments, max_age_seconds)
            instruments = self._instruments = await self._listing_fetch.attempt(fetch)
            if self._book_tickers is not None:
                self.routes(instruments, self._book_tickers)
        return instruments

    async def book_tickers(
        self,
        not_before: float | None,
        generation: int | None = None,  # noqa: ARG002 -- all share one arrival
        *,
        is_whole: bool = False,
    ) -> BookTickers:
        """Return the book tickers of the batch, whose arrival counts. Raises `ExchangeUnavailable`."""
        if self._book_tickers is None:
            await self._pin_prices(not_before)
        assert self._book_tickers is not None  # noqa: S101 -- or else pinning has raised
        is_old = is_whole and not self._are_whole(self._book_tickers, not_before)
        if is_old or not self._is_acceptable(self._book_tickers, not_before):
            raise self._price_fetch.failure_again() or stale(self._book_tickers, self._arrival.at)
        return self._book_tickers

    async def _pin_prices(self, not_before: float | None) -> None:
        fetch = partial(self._market.book_tickers, self._strictest, self._arrival.generation, is_whole=True)
        try:
            self._book_tickers = await self._price_fetch.attempt(fetch)
            self._is_fetched = True
        except ExchangeUnavailable:
            if self._price_fetch.failure is not None:
                self._pin_from_memory(not_before, self._arrival.at)
            if self._book_tickers is None:
                raise

    def _pin_from_memory(self, not_before: float | None, now: float, *, is_whole: bool = False) -> None:
        routes = self._market.routes_in_memory(not_before, now)
        if routes is not None and (not is_whole or self._are_whole(routes.market.book_tickers, not_before)):
            self._routes, self._book_tickers = routes, routes.market.book_tickers
            self._instruments = self._instruments or routes.market.instruments

    def _is_acceptable(self, book_tickers: BookTickers, not_before: float | None) -> bool:
        return self._is_fetched if not_before is None else book_tickers.observed_at >= not_before

    def _are_whole(self, book_tickers: BookTickers, not_before: float | None) -> bool:
        return not_before is None or are_all_from(book_tickers, not_before)


class _SharedFetch(Generic[T]):
    """A fetch that the batch makes once, or twice if the first attempt fails in passing; `failure` is the last one.

    The second attempt comes before another exchange answers, so that all lines get their prices from the same one.
    """

    def __init__(self) -> None:
        self.failure: ExchangeUnavailable | None = None

    async def attempt(self, fetch: Callable[[], Awaitable[T]]) -> T:
        """Return what is fetched; after the last failure, raise that again."""
        attempts = 0
        while True:
            if self.failure is not None:
                raise replace(self.failure)  # not by a name: the error would refer back to itself
            try:
                return await fetch()
            except ExchangeUnavailable as failure:
                attempts += 1
                if not failure.is_transient or attempts >= MAX_ATTEMPTS:
                    self.failure = replace(failure, is_transient=False)
                else:
                    await asyncio.sleep(RETRY_AFTER_SECONDS)

    def failure_again(self) -> ExchangeUnavailable | None:
        """Return a copy of the last failure, because raising one adds to its traceback."""
        return None if self.failure is None else replace(self.failure)
