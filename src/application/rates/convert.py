"""Convert an amount: exchanges in order, direct pairs before detours, with failover to the next exchange."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Protocol

from application.market_data.attempts import RETRY_AFTER_SECONDS
from application.market_data.freshness import Arrival, Generations, are_all_from
from application.market_data.market import Market
from application.market_data.ports.meter import PriceSource
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.meter import ConversionMeter
from application.rates.reference_lookup import ReferenceLookup
from application.rates.route_lookup import (
    RouteLookup,
    RouteQuery,
    begin_early,
    first_unlisted,
    has_no_direct_pair,
    not_listed,
    why_no_route,
)
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, NoRoute, UnknownExchange
from domain.rates.route import Route
from domain.rates.routing import DIRECT, MAX_LEGS, NOWHERE, searches_of
from domain.rates.tickers import name_at


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

        `exchange` restricts the search to one exchange or to the bank, in any case; None tries all exchanges in order,
        and then those that the bank's rates complete. Every price is at most `cache_max_seconds` old at the arrival;
        None means fetched after the arrival. The bank's rates count as fresh until newer ones are overdue.

        Raises `UnknownExchange`, `NoRoute` if all exchanges have answered and none has a route, and
        `ConversionUnavailable` if one that might have a route was unavailable.
        """
        ...


class Convert(Converter):
    """The use case of every conversion. `markets` are tried in their order.

    `divergence` knows which exchanges must not replace a failed one; without it, all may. `reference` has a bank's
    rates, where they are used.
    """

    def __init__(
        self,
        *,
        markets: Mapping[str, Market],
        generations: Generations,
        meter: ConversionMeter,
        max_legs: int = MAX_LEGS,
        divergence: WatchDivergence | None = None,
        reference: NewestReferenceRates | None = None,
    ) -> None:
        self._markets = dict(markets)
        self._all = list(markets.values())
        self._generations = generations
        self._meter = meter
        self._divergence = divergence
        self._reference = reference
        self._max_legs = max_legs
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
        markets, asked_for = self.asked(exchange), (currency_from, currency_to)
        if exchange is not None:
            currency_from, currency_to = name_at(exchange, currency_from), name_at(exchange, currency_to)
        not_before = arrival.at - cache_max_seconds if cache_max_seconds else None
        route = self.route_in_memory(markets, currency_from, currency_to, not_before, arrival.at)
        if route is None:
            route = await self._otherwise(
                markets, RouteQuery(currency_from, currency_to, not_before, arrival), exchange
            )
        route = route if exchange is None else route.asked_as(*asked_for)
        return self._counted(Conversion.along(route, amount, rate_type))

    def in_memory(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        rate_type: RateType,
        cache_max_seconds: int,
    ) -> Conversion | None:
        """Return at once what a conversion with these arguments does, or raise its `NoRoute`, if memory decides it.

        None if it does not, or if a bank's rates may complete a route.
        """
        not_before = arrival.at - cache_max_seconds
        route = self.route_in_memory(self._all, currency_from, currency_to, not_before, arrival.at)
        if route is None:
            self._raise_if_none(self._all, RouteQuery(currency_from, currency_to, not_before, arrival))
            return None
        return self._counted(Conversion.along(route, amount, rate_type))

    def _counted(self, conversion: Conversion) -> Conversion:
        self._meter.converted(conversion)
        return conversion

    async def route(
        self,
        *,
        arrival: Arrival,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        cache_max_seconds: int | None = None,
    ) -> Route:
        """Return the route that a conversion would take; the arguments and errors are the same.

        But tickers mean here what they mean everywhere, also where an exchange is named: several are compared.
        """
        markets = self.asked(exchange)
        not_before = arrival.at - cache_max_seconds if cache_max_seconds else None
        route = self.route_in_memory(markets, currency_from, currency_to, not_before, arrival.at)
        query = RouteQuery(currency_from, currency_to, not_before, arrival)
        return await self._otherwise(markets, query, exchange) if route is None else route

    async def _otherwise(self, markets: Sequence[Market], query: RouteQuery, exchange: str | None) -> Route:
        """Return the route where `route_in_memory` has found none."""
        route = self.completed_in_memory(query) if exchange is None else None
        if route is not None:
            return route
        self._raise_if_none(markets, query)
        return await self._look_up(markets, query, self._reference_lookup(exchange, query))

    def _raise_if_none(self, markets: Sequence[Market], query: RouteQuery) -> None:
        """Raise the `NoRoute` that memory proves."""
        none = self.none_in_memory(markets, query)
        if none is not None:
            try:
                raise none
            finally:
                del none  # or this frame and the error, which refer to each other, would keep the request in memory

    def route_in_memory(
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

    def completed_in_memory(self, query: RouteQuery) -> Route | None:
        """Return the route that the bank's rates complete, if memory shows that no exchange has one by itself."""
        reference = self._reference_lookup(None, query)
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

    def at_bank(self, currency_from: Currency, currency_to: Currency) -> Route | None:
        """Return the route at the bank's rates alone, unless an exchange is known to list both currencies."""
        known = [routes for market in self._all if (routes := market.routes_of_any_age()) is not None]
        if self._reference is None or any(routes.lists(currency_from, currency_to) for routes in known):
            return None
        return ReferenceLookup(self._reference, RouteQuery(currency_from, currency_to, None, self.arrival())).at_bank()

    def none_in_memory(self, markets: Sequence[Market], query: RouteQuery) -> NoRoute | None:
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

    async def _look_up(self, markets: Sequence[Market], query: RouteQuery, reference: ReferenceLookup | None) -> Route:
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

    def _reference_lookup(self, exchange: str | None, query: RouteQuery) -> ReferenceLookup | None:
        """Return a look-up at the bank where it is asked, or might complete a route."""
        if self._reference is None or not (exchange is None or self._is_bank(exchange)):
            return None
        lookup = ReferenceLookup(self._reference, query)
        return lookup if exchange is not None or lookup.is_concerned else None

    def over(self, markets: Mapping[str, Market]) -> "Convert":
        """Return the use case over these markets only, without a bank's rates."""
        return Convert(
            markets=markets,
            generations=self._generations,
            meter=self._meter,
            max_legs=self._max_legs,
            divergence=self._divergence,
        )

    def asked(self, exchange: str | None) -> Sequence[Market]:
        """Return the exchanges to ask: none if it is the bank that is asked. Raises `UnknownExchange`."""
        if exchange is None:
            return self._all
        market = self._markets.get(exchange.lower()) if exchange.isascii() else None
        if market is not None:
            return [market]
        if self._is_bank(exchange):
            return []
        raise self.unknown_exchange(exchange)

    def unknown_exchange(self, exchange: str) -> UnknownExchange:
        """Return the error that names those that can be asked."""
        bank = [] if self._reference is None else [self._reference.source]
        return UnknownExchange(exchange, [*self._markets, *bank])

    def knows(self, exchange: str) -> bool:
        """Tell whether it is an exchange that can be asked, or the bank."""
        return exchange.isascii() and (exchange.lower() in self._markets or self._is_bank(exchange))

    def _is_bank(self, exchange: str) -> bool:
        return self._reference is not None and exchange.isascii() and exchange.lower() == self._reference.source


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


def _may_join(market: Market, currency_from: Currency, currency_to: Currency, now: float) -> bool:
    """Return whether the exchange lists both currencies, or might."""
    instruments = market.instruments_in_memory(now)
    return instruments is None or (instruments.lists(currency_from) and instruments.lists(currency_to))


def _none_found(query: RouteQuery, lookups: Sequence[RouteLookup | ReferenceLookup]) -> NoRoute | ConversionUnavailable:
    failures = {lookup.exchange: lookup.unavailable for lookup in lookups if lookup.unavailable is not None}
    answered = [lookup for lookup in lookups if lookup.unavailable is None]
    reasons = {lookup.exchange: lookup.reason for lookup in answered if lookup.reason and not lookup.diverging}
    if failures:
        diverging = {lookup.exchange: lookup.diverging for lookup in answered if lookup.diverging}
        return ConversionUnavailable(failures, reasons, diverging)
    return NoRoute(query.currency_from, query.currency_to, reasons)
