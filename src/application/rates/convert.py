"""Convert an amount: exchanges in order, direct pairs before detours, with failover to the next exchange."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Protocol

from application.market_data.freshness import Arrival, Generations
from application.market_data.market import Market
from application.market_data.ports.meter import PriceSource
from application.rates.ports.meter import RatesMeter
from application.rates.route_lookup import DIRECT, RouteLookup, RouteQuery, has_no_direct_pair
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, NoRoute, UnknownExchange
from domain.rates.route import Route
from domain.rates.routing import MAX_LEGS

# At most how many legs, and whether over tight markets only.
Search = tuple[int, bool]


class Converter(Protocol):
    """The interface of the use case `Convert` and of its decorators."""

    def arrival(self) -> Arrival:
        """Return the arrival of a request that arrives now, to be passed in with it; a batch may share one."""
        ...

    async def __call__(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        rate_type: RateType = RateType.MID,
        cache_max_seconds: int | None = None,
    ) -> Conversion:
        """Return what `amount` of one currency is worth in the other.

        `exchange` restricts the search to one exchange, in any case; None tries all in order. Every price is at most
        `cache_max_seconds` old at the arrival; None means fetched after the arrival.

        Raises `UnknownExchange`, `NoRoute` if all exchanges have answered and none has a route, and
        `ConversionUnavailable` if one that might have a route was unavailable.
        """
        ...


def searches_of(max_legs: int) -> list[Search]:
    """Return the searches in their order.

    A direct pair anywhere comes before any detour, and both over tight markets before any wide one.
    """
    return [(legs, tight) for tight in (True, False) for legs in sorted({DIRECT, max_legs})]


class Convert(Converter):
    """The use case of every conversion. `markets` are tried in their order.

    `divergence` knows which exchanges must not replace a failed one; without it, all may.
    """

    def __init__(
        self,
        *,
        markets: Mapping[str, Market],
        generations: Generations,
        meter: RatesMeter,
        max_legs: int = MAX_LEGS,
        divergence: WatchDivergence | None = None,
    ) -> None:
        self._markets = dict(markets)
        self._all = list(markets.values())
        self._generations = generations
        self._meter = meter
        self._divergence = divergence
        self._searches = searches_of(max_legs)

    def arrival(self) -> Arrival:
        """Return the arrival of a request that arrives now."""
        return self._generations.arrival()

    async def __call__(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        rate_type: RateType = RateType.MID,
        cache_max_seconds: int | None = None,
    ) -> Conversion:
        """Convert, from memory if possible."""
        markets = self._all if exchange is None else [self._named(exchange)]
        not_before = arrival.at - cache_max_seconds if cache_max_seconds else None
        route = self.route_in_memory(markets, currency_from, currency_to, not_before, arrival.at)
        if route is None:
            route = await self._look_up(markets, RouteQuery(currency_from, currency_to, not_before, arrival))
        conversion = Conversion.along(route, amount, rate_type)
        self._meter.converted(conversion)
        return conversion

    def route_in_memory(
        self,
        markets: Sequence[Market],
        currency_from: Currency,
        currency_to: Currency,
        not_before: float | None,
        now: float,
    ) -> Route | None:
        """Return the route if it can be decided from memory, as for nearly every request; else None."""
        for max_legs, only_tight in self._searches:
            for market in markets:
                routes = market.routes_in_memory(not_before, now)
                if routes is None:
                    if max_legs == DIRECT and has_no_direct_pair(
                        market.instruments_in_memory(now), currency_from, currency_to
                    ):
                        continue  # prices are not needed to know that there is no direct route
                    return None
                route = routes.find(currency_from, currency_to, max_legs, only_tight=only_tight)
                if route is not None:
                    if route.legs:
                        self._meter.prices_served(market.name, PriceSource.PROCESS)
                    return route
        return None

    async def _look_up(self, markets: Sequence[Market], query: RouteQuery) -> Route:
        lookups = [RouteLookup(market, query) for market in markets]
        for search in self._searches:
            for lookup in lookups:
                route = await lookup.route(*search, is_last=search == self._searches[-1])
                if route is not None and not self._is_no_substitute(lookup, route, lookups):
                    return route
        failures = {lookup.exchange: lookup.failure for lookup in lookups if lookup.failure is not None}
        answered = [lookup for lookup in lookups if lookup.failure is None]
        reasons = {lookup.exchange: lookup.reason for lookup in answered if not lookup.diverging}
        if failures:
            diverging = {lookup.exchange: lookup.diverging for lookup in answered if lookup.diverging}
            raise ConversionUnavailable(failures, reasons, diverging)
        raise NoRoute(query.currency_from, query.currency_to, reasons)

    def _is_no_substitute(self, lookup: RouteLookup, route: Route, lookups: Sequence[RouteLookup]) -> bool:
        """Return whether the route trades other coins than an earlier exchange that failed; store the pairs."""
        if self._divergence is None:
            return False
        pairs = [leg.pair for leg in route.legs]
        for earlier in takewhile(lambda each: each is not lookup, lookups):
            if earlier.failure is not None:
                diverging = self._divergence.diverging(earlier.exchange, lookup.exchange, pairs)
                lookup.diverging = lookup.diverging or tuple(map(str, diverging))
        return bool(lookup.diverging)

    def _named(self, exchange: str) -> Market:
        market = self._markets.get(exchange.lower()) if exchange.isascii() else None
        if market is None:
            raise UnknownExchange(exchange, list(self._markets))
        return market
