"""Decides routes from what is in memory, as for nearly every request, without waiting for anything."""

from collections.abc import Sequence

from application.market_data.freshness import Arrival, are_all_from
from application.market_data.market import Market
from application.market_data.ports.meter import PriceSource
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.meter import ConversionMeter
from application.rates.reference_lookup import ReferenceLookup, lookup_at_bank
from application.rates.route_lookup import RouteQuery, first_unlisted, has_no_direct_pair, not_listed, why_no_route
from domain.currency import Currency
from domain.rates.errors import NoRoute
from domain.rates.route import Route
from domain.rates.routing import DIRECT, NOWHERE, searches_of


class RoutesInMemory:
    """Routes over `markets`, which are in their order, completed by `reference` where no exchange has one."""

    def __init__(
        self,
        *,
        markets: Sequence[Market],
        meter: ConversionMeter,
        max_legs: int,
        reference: NewestReferenceRates | None,
    ) -> None:
        self._all = markets
        self._meter = meter
        self._max_legs = max_legs
        self._searches = searches_of(max_legs)
        self._reference = reference

    def route(
        self,
        markets: Sequence[Market],
        currency_from: Currency,
        currency_to: Currency,
        not_before: float | None,
        now: float,
    ) -> Route | None:
        """Return the route if it can be decided from memory, as for nearly every request; else None."""
        first, best, at = NOWHERE, None, None
        for market in markets:
            routes = market.routes_in_memory(not_before, now)
            if routes is not None:
                place, route = routes.first(currency_from, currency_to, self._max_legs)
            else:
                place, route = self._first_possible(market, currency_from, currency_to, now, before=first), None
            if place < first:
                first, best, at = place, route, market
            if first == 0:
                break
        # None may mean that another exchange answers only if it trades the same coin.
        return None if best is None or at is None else self._served(at, best, not_before, now)

    def _first_possible(
        self, market: Market, currency_from: Currency, currency_to: Currency, now: float, *, before: int
    ) -> int:
        """Return the place of the first search that might find a route on an exchange without prices in memory.

        Only places before `before` are looked at.
        """
        if not has_no_direct_pair(market.instruments_in_memory(now), currency_from, currency_to):
            return 0
        may_join = before > 1 and self._max_legs > DIRECT and _may_join(market, currency_from, currency_to, now)
        return 1 if may_join else NOWHERE

    def _served(self, market: Market, route: Route, not_before: float | None, now: float) -> Route | None:
        """Count and return the route; None if one of its symbols is older than the others, and too old."""
        if route.is_constant:
            return route.true_at(now)
        if route.legs:
            if not_before is not None and route.observed_at < not_before:
                return None
            self._meter.prices_served(market.name, PriceSource.PROCESS)
        return route

    def completed(self, query: RouteQuery) -> Route | None:
        """Return the route that the bank's rates complete, if memory shows that no exchange has one by itself."""
        reference = lookup_at_bank(self._reference, query)
        if reference is None or query.not_before is None:
            return None
        ends, markets = (query.currency_from, query.currency_to), []
        for market in self._all:
            routes = market.routes_in_memory(query.not_before, query.arrival.at)
            if routes is None or query.is_outdated(routes.market.instruments):
                return None
            book_tickers = routes.market.book_tickers
            if book_tickers.held_back or not are_all_from(book_tickers, query.not_before):
                return None
            is_listed = all(map(routes.market.instruments.lists, ends))
            if is_listed and any(routes.find(*ends, legs, only_tight=tight) for legs, tight in self._searches):
                return None
            markets.append(routes)
        route = reference.in_memory(markets, self._searches)
        if route is not None:
            self._meter.prices_served(route.exchange.partition("+")[0], PriceSource.PROCESS)
        return route

    def at_bank(self, currency_from: Currency, currency_to: Currency, arrival: Arrival) -> Route | None:
        """Return the route at the bank's rates alone, unless an exchange is known to list both currencies."""
        known = [routes for market in self._all if (routes := market.routes_of_any_age()) is not None]
        if self._reference is None or any(routes.lists(currency_from, currency_to) for routes in known):
            return None
        return ReferenceLookup(self._reference, RouteQuery(currency_from, currency_to, None, arrival)).at_bank()

    def why_none(self, markets: Sequence[Market], query: RouteQuery) -> NoRoute | None:
        """Return why there is no route, if memory shows that no exchange has one and no bank completes one.

        Looking up a route takes far longer, and whoever asks for what does not exist must not cost more than others.
        """
        reasons = {}
        for market in markets:
            reason = self._no_route_reason(market, query)
            if reason is None:
                return None
            reasons[market.name] = reason
        if not reasons or self._may_be_completed(markets, query):
            return None
        return NoRoute(query.currency_from, query.currency_to, reasons)

    def _no_route_reason(self, market: Market, query: RouteQuery) -> str | None:
        now = query.arrival.at
        instruments = market.instruments_in_memory(now)
        if instruments is None or query.is_outdated(instruments):
            return None
        unlisted = first_unlisted(instruments, query)
        if unlisted is not None:
            return not_listed(instruments, unlisted)
        routes = market.routes_in_memory(query.not_before, now)
        if routes is None or routes.market.book_tickers.held_back or routes.market.book_tickers.is_partial:
            return None
        is_found = routes.find(query.currency_from, query.currency_to, self._max_legs)  # over wide markets too
        return None if is_found else why_no_route(routes, query, self._max_legs)

    def _may_be_completed(self, markets: Sequence[Market], query: RouteQuery) -> bool:
        """Tell whether the bank has one of the two currencies, and an exchange or the bank the other."""
        reference = self._reference
        if reference is None or len(markets) < len(self._all):
            return False
        known = [reference.may_know(each) for each in (query.currency_from, query.currency_to)]
        if not any(known):
            return False
        other = query.currency_from if known[1] else query.currency_to
        return all(known) or any(_may_join(market, other, other, query.arrival.at) for market in markets)


def _may_join(market: Market, currency_from: Currency, currency_to: Currency, now: float) -> bool:
    """Return whether the exchange lists both currencies, or might."""
    instruments = market.instruments_in_memory(now)
    return instruments is None or (instruments.lists(currency_from) and instruments.lists(currency_to))
