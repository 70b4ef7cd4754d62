"""Looks up a route that a bank's rates complete, where no exchange has one by itself."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.route_lookup import RouteLookup, RouteQuery
from domain.rates.bridging import BridgedRoutes
from domain.rates.errors import ExchangeUnavailable
from domain.rates.route import Route
from domain.rates.routing import Routes

# The number of legs, and whether over tight markets only: the searches in their order.
Searches = Sequence[tuple[int, bool]]


class ReferenceLookup:
    """Returns a route; if there is none, `failure` or `reason` says why, as for an exchange."""

    diverging: tuple[str, ...] = ()

    def __init__(self, newest: NewestReferenceRates, query: RouteQuery) -> None:
        self.exchange = newest.source
        self.failure: ExchangeUnavailable | None = None
        self.reason = ""
        self._newest = newest
        self._query = query

    @property
    def unavailable(self) -> ExchangeUnavailable | None:
        """Why the bank cannot tell whether it has a route."""
        return self.failure

    @property
    def is_concerned(self) -> bool:
        """Whether one of the two currencies is the bank's, or may be."""
        query = self._query
        return self._newest.may_know(query.currency_from) or self._newest.may_know(query.currency_to)

    def in_memory(self, markets: Sequence[Routes], searches: Searches) -> Route | None:
        """Return the route over markets in memory, in which no route was found."""
        query, bridges = self._query, self._current()
        if bridges is None:
            return None
        ends = query.currency_from, query.currency_to
        route = self._newest.at_bank(bridges, *ends)
        found = (
            bridges.find(routes, *ends, max_legs, only_tight=only_tight)
            for max_legs, only_tight in searches
            for routes in markets
        )
        return route or next(filter(None, found), None)

    async def route(
        self, lookups: Sequence[RouteLookup], searches: Searches, is_rejected: Callable[[RouteLookup, Route], bool]
    ) -> Route | None:
        """Return the route over exchanges that were looked up in vain; `is_rejected` may reject one.

        Without exchanges, the bank alone is asked.
        """
        if not lookups:  # the bank alone was asked
            return self.at_bank()
        query = self._query
        ends = query.currency_from, query.currency_to
        others = [currency for currency in ends if not self._newest.may_know(currency)]
        candidates = [lookup for lookup in lookups if all(map(lookup.lists, others))]
        if others and not candidates:
            return None
        bridges = self._current()
        if bridges is None:
            return None
        route = self._newest.at_bank(bridges, *ends)
        if route is not None:
            return route
        for max_legs, only_tight in searches:
            for lookup in candidates:
                route = await lookup.bridged_route(bridges, max_legs, only_tight)
                if route is not None and not is_rejected(lookup, route):
                    return route
        self.reason = "no exchange has a route that its rates complete"
        return None

    def at_bank(self) -> Route | None:
        """Return the route if both currencies are the bank's."""
        query, bridges = self._query, self._current()
        if bridges is None:
            return None
        route = self._newest.at_bank(bridges, query.currency_from, query.currency_to)
        if route is None:
            ends = (query.currency_from, query.currency_to)
            unknown = [str(currency) for currency in ends if currency not in bridges.rates]
            self.reason = f"it has no rate of {' and '.join(dict.fromkeys(unknown))}"
        return route

    def _current(self) -> BridgedRoutes | None:
        query = self._query
        overdue_seconds = 0.0 if query.not_before is None else query.arrival.at - query.not_before
        try:
            return self._newest.current(query.arrival.at, overdue_seconds)
        except ExchangeUnavailable as failure:
            self.failure = replace(failure)  # the traceback of the other refers back to this
            return None


def lookup_at_bank(newest: NewestReferenceRates | None, query: RouteQuery) -> ReferenceLookup | None:
    """Return a look-up where the bank might complete a route between the two currencies."""
    if newest is None:
        return None
    lookup = ReferenceLookup(newest, query)
    return lookup if lookup.is_concerned else None
