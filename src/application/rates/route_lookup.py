"""Looks up a route on one exchange."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from application.market_data.attempts import MAX_ATTEMPTS
from application.market_data.early_fetch import EarlyFetch, taken_or_fetched
from application.market_data.errors import held_back
from application.market_data.freshness import Arrival
from application.market_data.lag_limit import stale_stream
from application.market_data.market import Market
from domain.currency import Currency
from domain.decimals import plain
from domain.rates.book_tickers import BookTickers
from domain.rates.bridging import BridgedRoutes
from domain.rates.errors import ExchangeUnavailable
from domain.rates.instruments import Instruments
from domain.rates.route import Route
from domain.rates.routing import DIRECT, Routes
from domain.rates.tickers import name_at, token_of

# "Not listed" is never answered from instruments older than this: new coins are listed every day.
NEGATIVE_LISTING_MAX_AGE_SECONDS = 60.0

_TOO_OLD = "the last prices on its route are older than asked for"


class RouteQuery(NamedTuple):
    """A route to look up, and how fresh its prices must be.

    Prices must be observed at or after `not_before`, in Unix seconds; if that is None, fetched after `arrival`.
    `listing_max_age_seconds` is how old instruments may be that do not list a currency.
    """

    currency_from: Currency
    currency_to: Currency
    not_before: float | None
    arrival: Arrival
    listing_max_age_seconds: float = NEGATIVE_LISTING_MAX_AGE_SECONDS

    def is_outdated(self, instruments: Instruments) -> bool:
        """Return whether newer instruments might list what these do not."""
        return self.arrival.at - instruments.observed_at > self.listing_max_age_seconds

    def is_too_old(self, route: Route) -> bool:
        """Return whether the route has a price that was observed before `not_before`."""
        return self.not_before is not None and route.observed_at < self.not_before


class RouteLookup:
    """Returns a route; if there is none, `failure`, `held_back`, `diverging` or `reason` says why.

    `held_back` is the failure of an exchange that has answered, with a price that jumped and is not confirmed yet.
    """

    def __init__(self, market: Market, query: RouteQuery) -> None:
        self.exchange = market.name
        self.failure: ExchangeUnavailable | None = None
        self.held_back: ExchangeUnavailable | None = None
        self.reason = ""
        self.diverging: tuple[str, ...] = ()
        self._market = market
        self._query = query
        self._failed_attempts = 0
        self._instruments: Instruments | None = None
        self._book_tickers: BookTickers | None = None
        self._early_instruments: EarlyFetch[Instruments] | None = None
        self._early_prices: EarlyFetch[BookTickers] | None = None

    @property
    def unavailable(self) -> ExchangeUnavailable | None:
        """Why the exchange cannot tell whether it has a route."""
        return self.failure or self.held_back

    async def route(self, max_legs: int, only_tight: bool, *, is_last: bool) -> Route | None:
        """Return the best route of at most `max_legs`, None if there is none or the exchange is unavailable."""
        if self.failure is not None:
            return None
        try:
            instruments = await self._current_instruments()
            route = await self._route_in(instruments, max_legs, only_tight)
            if route is None and is_last and self._query.is_outdated(instruments):
                instruments = await self._market.instruments(NEGATIVE_LISTING_MAX_AGE_SECONDS)
                route = await self._route_in(instruments, max_legs, only_tight)
            if route is None and is_last and self.held_back is None:
                self._raise_if_outdated(max_legs)
        except ExchangeUnavailable as failure:
            self._failed(failure)
            return None
        return route

    @property
    def may_be_asked_again(self) -> bool:
        """Whether the exchange failed in passing, and there are attempts left."""
        return self.failure is not None and self.failure.is_transient and self._failed_attempts < MAX_ATTEMPTS

    def begin_second_attempt(self) -> bool:
        """Ask the exchange again in the next search if that may be; return whether it is so.

        An early call for prices that has brought none by now was the second attempt.
        """
        if self._early_prices is not None and not self._early_prices.has_succeeded:
            self._failed_attempts += 1
        if not self.may_be_asked_again:
            return False
        self.failure = None
        return True

    @property
    def may_begin_early(self) -> bool:
        """Whether the exchange's pairs must be fetched, nobody has begun to, and nothing says that it fails."""
        market = self._market
        if not market.is_answering or market.are_instruments_coming:
            return False
        return market.instruments_in_memory(self._query.arrival.at) is None

    def begin_instruments(self) -> None:
        """Fetch the pairs before they are needed. End with `close`."""
        self._early_instruments = EarlyFetch(self._market.instruments, self._is_answering)

    def begin_prices(self) -> None:
        """Fetch prices beside the pairs. End with `close`."""
        query = self._query
        self._early_prices = EarlyFetch(
            partial(self._market.book_tickers, query.not_before, query.arrival.generation), self._is_answering
        )

    def close(self) -> None:
        """Wait no longer for what was not needed."""
        for early in (self._early_instruments, self._early_prices):
            if early is not None:
                early.close()

    def lists(self, currency: Currency) -> bool:
        """Return whether the exchange has answered, and lists this currency."""
        return self.failure is None and self._instruments is not None and self._instruments.lists(currency)

    async def bridged_route(self, bridges: BridgedRoutes, max_legs: int, only_tight: bool) -> Route | None:
        """Return the best route that a bank's rates complete, after all searches for one without them."""
        if self.failure is not None or self._instruments is None:
            return None
        try:
            routes = self._market.routes(self._instruments, await self._prices(is_whole=True))
        except ExchangeUnavailable as failure:
            self._failed(failure)
            return None
        ends = self._query.currency_from, self._query.currency_to
        return bridges.find(routes, *ends, max_legs, only_tight=only_tight)

    async def _route_in(self, instruments: Instruments, max_legs: int, only_tight: bool) -> Route | None:
        self._instruments = instruments
        query = self._query
        unlisted = first_unlisted(instruments, query)
        if unlisted is not None:
            self.reason = not_listed(instruments, unlisted)
            return None
        if query.currency_from == query.currency_to:
            return Route.to_itself(instruments, query.currency_to)
        if (same := same_coin(instruments, query.currency_from, query.currency_to)) is not None:
            return same.true_at(query.arrival.at) if same.is_constant else same
        self.reason = no_prices(max_legs)
        if max_legs == DIRECT and has_no_direct_pair(instruments, query.currency_from, query.currency_to):
            return None  # decided by the instruments alone, without fetching prices
        ends = query.currency_from, query.currency_to
        routes, route = await self._found_in(instruments, max_legs, only_tight)
        if route is None and routes.lacks_only_confirmation(*ends, max_legs, only_tight=only_tight):
            self.held_back = held_back(self.exchange)
        if route is None and not only_tight:
            self.reason = why_no_route(routes, query, max_legs)
        return route

    async def _found_in(self, instruments: Instruments, max_legs: int, only_tight: bool) -> tuple[Routes, Route | None]:
        """Find the route, over newer prices if one of its symbols is older than the others, and too old."""
        query = self._query
        for is_whole in (False, True):
            routes = self._market.routes(instruments, await self._prices(is_whole=is_whole))
            route = routes.find(query.currency_from, query.currency_to, max_legs, only_tight=only_tight)
            if route is None or not query.is_too_old(route):
                return routes, route
        raise stale_stream(self.exchange, _TOO_OLD)

    def _raise_if_outdated(self, max_legs: int) -> None:
        """Raise `ExchangeUnavailable` if there would be a route, had its symbols newer prices."""
        if self._book_tickers is None or not self._book_tickers.is_partial:
            return
        routes, query = self._market.routes_of_any_age(), self._query
        if routes is not None and routes.find(query.currency_from, query.currency_to, max_legs) is not None:
            raise stale_stream(self.exchange, _TOO_OLD)

    async def _prices(self, *, is_whole: bool = False) -> BookTickers:
        """Return prices that are fresh enough, the same for every search; of all symbols if `is_whole`."""
        if self._book_tickers is None or (is_whole and self._book_tickers.older):
            query = self._query
            arrival = query.arrival.generation
            early, self._early_prices = None if is_whole else self._early_prices, None
            fetch = partial(self._market.book_tickers, query.not_before, arrival, is_whole=is_whole)
            self._book_tickers = await taken_or_fetched(early, fetch)
        return self._book_tickers

    def _is_answering(self) -> bool:
        return self._market.is_answering

    async def _current_instruments(self) -> Instruments:
        early, self._early_instruments = self._early_instruments, None
        return await taken_or_fetched(early, self._market.instruments)

    def _failed(self, failure: ExchangeUnavailable) -> None:
        self.failure = replace(failure)  # the traceback of the other refers back to this
        self._failed_attempts += 1
        if self._early_prices is not None and not self._early_prices.has_begun:
            self._early_prices.close()
            self._early_prices = None


def begin_early(lookups: Sequence[RouteLookup]) -> None:
    """Where the first exchange's pairs must be fetched, fetch its prices beside them, and the next one's pairs.

    Otherwise a conversion after a start would wait for three calls in turn.
    """
    if not lookups or not lookups[0].may_begin_early:
        return
    lookups[0].begin_prices()
    for following in lookups[1:2]:
        if following.may_begin_early:
            following.begin_instruments()


def first_unlisted(instruments: Instruments, query: RouteQuery) -> Currency | None:
    """Return the first of the two currencies that is not listed."""
    if not instruments.lists(query.currency_from):
        return query.currency_from
    return None if instruments.lists(query.currency_to) else query.currency_to


def not_listed(instruments: Instruments, currency: Currency) -> str:
    """Return the reason of an exchange that does not list a currency, or means another coin by that ticker."""
    name = Currency(token_of(currency)) if currency in instruments.coins else name_at(instruments.exchange, currency)
    is_renamed = name != currency and instruments.lists(name)
    return f"its {currency} is {name} here, see /currencies" if is_renamed else f"{currency} is not listed"


def same_coin(instruments: Instruments, currency_from: Currency, currency_to: Currency) -> Route | None:
    """Return the route between two names of what is listed once: no price is needed for it."""
    listed = instruments.listed_as(currency_from)
    if listed != instruments.listed_as(currency_to):
        return None
    return Route.to_itself(instruments, listed).named(instruments, currency_from, currency_to)


def no_prices(max_legs: int) -> str:
    """Return the reason of an exchange that lists both currencies."""
    return f"no route of at most {_legs(max_legs)} with prices on both sides"


def why_no_route(routes: Routes, query: RouteQuery, max_legs: int) -> str:
    """Return the reason of an exchange that lists both currencies and has no route, over wide markets neither."""
    if not routes.lacks_only_prices_within_bounds(query.currency_from, query.currency_to, max_legs):
        return no_prices(max_legs)
    percent = plain(routes.market.spread_bounds.max_percent)
    return f"every route of at most {_legs(max_legs)} needs a market whose spread exceeds {percent}%"


def _legs(max_legs: int) -> str:
    return f"{max_legs} {'leg' if max_legs == 1 else 'legs'}"


def has_no_direct_pair(instruments: Instruments | None, currency_from: Currency, currency_to: Currency) -> bool:
    """Return whether the instruments rule out a direct pair: they list none, and the currencies differ."""
    return (
        instruments is not None and currency_from != currency_to and not instruments.between(currency_from, currency_to)
    )
