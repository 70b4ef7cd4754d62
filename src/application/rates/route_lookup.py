"""Looks up a route on one exchange, with a second attempt after a transient failure."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_fixed

from application.market_data.freshness import Arrival
from application.market_data.market_data import MarketData
from domain.currency import Currency
from domain.rates.errors import ExchangeUnavailable
from domain.rates.instruments import Instruments
from domain.rates.route import Route

MAX_ATTEMPTS = 2

# No jitter: callers who shared a failure retry together, and so share the second fetch too.
RETRY_AFTER_SECONDS = 0.05

DIRECT = 1

# "Not listed" is never answered from instruments older than this: new coins are listed every day.
NEGATIVE_LISTING_MAX_AGE_SECONDS = 60.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RouteQuery:
    """A route to look up, and how fresh its prices must be.

    Prices must be observed at or after `not_before`, in Unix seconds; if that is None, fetched after `arrival`.
    """

    currency_from: Currency
    currency_to: Currency
    not_before: float | None
    arrival: Arrival

    def is_outdated(self, instruments: Instruments) -> bool:
        """Return whether newer instruments might list what these do not."""
        return self.arrival.at - instruments.observed_at > NEGATIVE_LISTING_MAX_AGE_SECONDS


class RouteLookup:
    """Returns a route; if there is none, `failure`, `diverging` or `reason` says why."""

    def __init__(self, market: MarketData, query: RouteQuery) -> None:
        self.exchange = market.name
        self.failure: ExchangeUnavailable | None = None
        self.reason = ""
        self.diverging: tuple[str, ...] = ()
        self._market = market
        self._query = query
        self._failed_attempts = 0

    async def route(self, max_legs: int, *, is_last: bool) -> Route | None:
        """Return the best route of at most `max_legs`, None if there is none or the exchange is unavailable."""
        if self.failure is not None:
            return None
        try:
            instruments = await self._tried(self._market.instruments)
            route = await self._route_in(instruments, max_legs)
            if route is None and is_last and self._query.is_outdated(instruments):
                instruments = await self._tried(partial(self._market.instruments, NEGATIVE_LISTING_MAX_AGE_SECONDS))
                route = await self._route_in(instruments, max_legs)
        except ExchangeUnavailable as failure:
            self.failure = failure
            return None
        return route

    async def _route_in(self, instruments: Instruments, max_legs: int) -> Route | None:
        query = self._query
        for currency in (query.currency_from, query.currency_to):
            if not instruments.lists(currency):
                self.reason = f"{currency} is not listed"
                return None
        if query.currency_from == query.currency_to:
            return Route.to_itself(instruments, query.currency_to)
        self.reason = f"no route of at most {max_legs} {'leg' if max_legs == 1 else 'legs'} with prices on both sides"
        if max_legs == DIRECT and has_no_direct_pair(instruments, query.currency_from, query.currency_to):
            return None  # decided by the instruments alone, without fetching prices
        fetch_prices = partial(self._market.book_tickers, query.not_before, query.arrival.generation)
        routes = self._market.routes(instruments, await self._tried(fetch_prices))
        return routes.find(query.currency_from, query.currency_to, max_legs)

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call, and retry after a transient failure while this lookup has attempts left."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(_is_transient),
            after=self._count_failure,
            stop=lambda _: self._failed_attempts >= MAX_ATTEMPTS,
            wait=wait_fixed(RETRY_AFTER_SECONDS),
            reraise=True,
        )
        return await retrying(call)

    def _count_failure(self, _: RetryCallState) -> None:
        self._failed_attempts += 1


def has_no_direct_pair(instruments: Instruments | None, currency_from: Currency, currency_to: Currency) -> bool:
    """Return whether the instruments rule out a direct pair: they list none, and the currencies differ."""
    return (
        instruments is not None and currency_from != currency_to and not instruments.between(currency_from, currency_to)
    )


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, ExchangeUnavailable) and error.is_transient
