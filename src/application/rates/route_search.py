"""Looks up a route on several exchanges in order, with failover to the next."""

import asyncio
from collections.abc import Sequence
from itertools import takewhile

from application.market_data.attempts import RETRY_AFTER_SECONDS
from application.market_data.market import Market
from application.rates.reference_lookup import ReferenceLookup
from application.rates.route_lookup import RouteLookup, RouteQuery, begin_early
from application.rates.watch_divergence import WatchDivergence
from domain.rates.errors import ConversionUnavailable, NoRoute
from domain.rates.route import Route
from domain.rates.routing import searches_of


class RouteSearch:
    """`divergence` knows which exchanges must not replace a failed one; without it, all may."""

    def __init__(self, *, max_legs: int, divergence: WatchDivergence | None) -> None:
        self._searches = searches_of(max_legs)
        self._divergence = divergence

    async def route(self, markets: Sequence[Market], query: RouteQuery, reference: ReferenceLookup | None) -> Route:
        """Return the first route, of whichever exchange answers.

        One that failed in passing is asked again only after the others, but before a last resort: a wide market, a
        bank's rates or an error.
        """
        lookups = [RouteLookup(market, query) for market in markets]
        try:
            if query.currency_from != query.currency_to:
                begin_early(lookups)
            return await self._found(lookups, query, reference)
        finally:
            for lookup in lookups:
                lookup.close()

    async def _found(
        self, lookups: Sequence[RouteLookup], query: RouteQuery, reference: ReferenceLookup | None
    ) -> Route:
        for is_last_resort in (False, True):
            while True:
                route = await self._searched(lookups, reference if is_last_resort else None, is_last_resort)
                if route is not None:
                    return route
                if not await _begin_second_attempts(lookups):
                    break
        raise _none_found(query, [*lookups, *filter(None, [reference])])

    async def _searched(
        self, lookups: Sequence[RouteLookup], reference: ReferenceLookup | None, is_last_resort: bool
    ) -> Route | None:
        for search in self._searches:
            if search[1] or is_last_resort:
                for lookup in lookups:
                    route = await lookup.route(*search, is_last=search == self._searches[-1])
                    if route is not None and not self._is_no_substitute(lookup, route, lookups):
                        return route
        if reference is None:
            return None
        return await reference.route(
            lookups, self._searches, lambda lookup, route: self._is_no_substitute(lookup, route, lookups)
        )

    def _is_no_substitute(self, lookup: RouteLookup, route: Route, lookups: Sequence[RouteLookup]) -> bool:
        """Return whether the route trades other coins than an earlier exchange that failed; store the pairs."""
        if self._divergence is None:
            return False
        pairs = [leg.pair for leg in route.trades]
        for earlier in takewhile(lambda each: each is not lookup, lookups):
            if earlier.unavailable is not None:
                diverging = self._divergence.diverging(earlier.exchange, lookup.exchange, pairs)
                lookup.diverging = lookup.diverging or tuple(map(str, diverging))
        return bool(lookup.diverging)


async def _begin_second_attempts(lookups: Sequence[RouteLookup]) -> bool:
    """Return, after a pause, whether any exchange is to be asked again."""
    if not any(lookup.may_be_asked_again for lookup in lookups):
        return False
    await asyncio.sleep(RETRY_AFTER_SECONDS)
    again = [lookup for lookup in lookups if lookup.begin_second_attempt()]
    if not again:
        return False
    for lookup in lookups:
        lookup.diverging = ()  # who answers now needs no substitute
    return True


def _none_found(query: RouteQuery, lookups: Sequence[RouteLookup | ReferenceLookup]) -> NoRoute | ConversionUnavailable:
    failures = {lookup.exchange: lookup.unavailable for lookup in lookups if lookup.unavailable is not None}
    answered = [lookup for lookup in lookups if lookup.unavailable is None]
    reasons = {lookup.exchange: lookup.reason for lookup in answered if lookup.reason and not lookup.diverging}
    if failures:
        diverging = {lookup.exchange: lookup.diverging for lookup in answered if lookup.diverging}
        return ConversionUnavailable(failures, reasons, diverging)
    return NoRoute(query.currency_from, query.currency_to, reasons)
