"""Convert an amount: exchanges in order, direct pairs before detours, with failover to the next exchange."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from application.market_data.freshness import Arrival, Generations
from application.market_data.market import Market
from application.rates.converter import Converter
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.meter import ConversionMeter
from application.rates.reference_lookup import ReferenceLookup, lookup_at_bank
from application.rates.route_lookup import RouteQuery
from application.rates.route_search import RouteSearch
from application.rates.routes_in_memory import RoutesInMemory
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import UnknownExchange
from domain.rates.route import Route
from domain.rates.routing import MAX_LEGS
from domain.rates.tickers import name_at


class Convert(Converter):
    """The use case of every conversion. `markets` are tried in their order.

    `divergence` knows which exchanges must not replace a failed one; without it, all may. `reference` has a bank's
    rates, where they are used. `memory` decides nearly every route, without waiting for anything.
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
        self.memory = RoutesInMemory(markets=self._all, meter=meter, max_legs=max_legs, reference=reference)
        self._search = RouteSearch(max_legs=max_legs, divergence=divergence)

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
        route = self.memory.route(markets, currency_from, currency_to, not_before, arrival.at)
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
        route = self.memory.route(self._all, currency_from, currency_to, not_before, arrival.at)
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
        route = self.memory.route(markets, currency_from, currency_to, not_before, arrival.at)
        query = RouteQuery(currency_from, currency_to, not_before, arrival)
        return await self._otherwise(markets, query, exchange) if route is None else route

    async def _otherwise(self, markets: Sequence[Market], query: RouteQuery, exchange: str | None) -> Route:
        """Return the route where `memory` has found none without a bank."""
        route = self.memory.completed(query) if exchange is None else None
        if route is not None:
            return route
        self._raise_if_none(markets, query)
        return await self._search.route(markets, query, self._bank(exchange, query))

    def _bank(self, exchange: str | None, query: RouteQuery) -> ReferenceLookup | None:
        """Return a look-up at the bank where it is asked, or might complete a route."""
        if exchange is None:
            return lookup_at_bank(self._reference, query)
        if self._reference is None or not self._is_bank(exchange):
            return None
        return ReferenceLookup(self._reference, query)

    def _raise_if_none(self, markets: Sequence[Market], query: RouteQuery) -> None:
        """Raise the `NoRoute` that memory proves."""
        none = self.memory.why_none(markets, query)
        if none is not None:
            try:
                raise none
            finally:
                del none  # or this frame and the error, which refer to each other, would keep the request in memory

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
