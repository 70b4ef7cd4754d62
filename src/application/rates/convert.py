"""Convert an amount: exchanges in order, direct before indirect, the next exchange when one is unavailable."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import takewhile
from typing import Protocol

from application.market_data.arrival import Arrival, Generations
from application.market_data.market_data import MarketData
from application.market_data.ports.meter import PriceSource
from application.rates.inquiry import DIRECT, Inquiry, Question, has_no_direct_pair
from application.rates.ports.meter import RatesMeter
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, NoRoute, UnknownExchange
from domain.rates.route import Route
from domain.rates.routing import MAX_LEGS


class Converter(Protocol):
    """Converts; the use case does, and so does whatever decorates it."""

    def arrival(self) -> Arrival:
        """Return the arrival of a question that comes now, to be handed in with it; a batch may share one."""
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

        `exchange` names the only exchange to ask, in any case; None asks all in order. At the arrival every leg is at
        most `cache_max_seconds` old; None means fetched after it.

        Raises `UnknownExchange`, `NoRoute` when all have answered and none has a route, and `ConversionUnavailable`
        when one that might have had it was unavailable.
        """
        ...


class Convert(Converter):
    """The use case behind every conversion. `markets` are asked in their order.

    `divergence` knows which exchange cannot stand in for one that has failed; without it, each always can.
    """

    def __init__(
        self,
        *,
        markets: Mapping[str, MarketData],
        generations: Generations,
        meter: RatesMeter,
        max_legs: int = MAX_LEGS,
        divergence: WatchDivergence | None = None,
    ) -> None:
        self._markets = dict(markets)
        self._all = list(markets.values())
        self._generations = generations
        self._meter = meter
        self._max_legs = max_legs
        self._divergence = divergence
        self._searches = sorted({DIRECT, max_legs})  # a direct pair anywhere comes before any detour

    def arrival(self) -> Arrival:
        """Return the arrival of a question that comes now."""
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
        """Convert."""
        markets = self._all if exchange is None else [self._named(exchange)]
        route = not_before = None
        if cache_max_seconds:
            not_before = arrival.at - cache_max_seconds
            route = self._route_in_memory(markets, currency_from, currency_to, not_before, arrival.at)
        if route is None:
            route = await self._ask(markets, Question(currency_from, currency_to, not_before, arrival))
        conversion = Conversion.along(route, amount, rate_type)
        self._meter.converted(conversion)
        return conversion

    def _route_in_memory(
        self,
        markets: Sequence[MarketData],
        currency_from: Currency,
        currency_to: Currency,
        not_before: float,
        now: float,
    ) -> Route | None:
        """Return the route if all that decides it is in memory, as it is for nearly every request."""
        for max_legs in self._searches:
            for market in markets:
                routes = market.routes_in_memory(not_before, now)
                if routes is None:
                    if max_legs == DIRECT and has_no_direct_pair(
                        market.instruments_in_memory(now), currency_from, currency_to
                    ):
                        continue  # without prices too, the answer is no
                    return None
                route = routes.find(currency_from, currency_to, max_legs)
                if route is not None:
                    if route.legs:
                        self._meter.prices_served(market.name, PriceSource.PROCESS)
                    return route
        return None

    async def _ask(self, markets: Sequence[MarketData], question: Question) -> Route:
        inquiries = [Inquiry(market, question) for market in markets]
        for max_legs in self._searches:
            for inquiry in inquiries:
                route = await inquiry.route(max_legs, is_last=max_legs == self._max_legs)
                if route is not None and not self._is_no_substitute(inquiry, route, inquiries):
                    return route
        failures = {inquiry.exchange: inquiry.failure for inquiry in inquiries if inquiry.failure is not None}
        answered = [inquiry for inquiry in inquiries if inquiry.failure is None]
        reasons = {inquiry.exchange: inquiry.reason for inquiry in answered if not inquiry.diverging}
        if failures:
            diverging = {inquiry.exchange: inquiry.diverging for inquiry in answered if inquiry.diverging}
            raise ConversionUnavailable(failures, reasons, diverging)
        raise NoRoute(question.currency_from, question.currency_to, reasons)

    def _is_no_substitute(self, inquiry: Inquiry, route: Route, inquiries: Sequence[Inquiry]) -> bool:
        """Tell, and note there, whether the route trades other coins than an earlier exchange that has failed."""
        if self._divergence is None:
            return False
        pairs = [leg.pair for leg in route.legs]
        for earlier in takewhile(lambda each: each is not inquiry, inquiries):
            if earlier.failure is not None:
                diverging = self._divergence.diverging(earlier.exchange, inquiry.exchange, pairs)
                inquiry.diverging = inquiry.diverging or tuple(map(str, diverging))
        return bool(inquiry.diverging)

    def _named(self, exchange: str) -> MarketData:
        market = self._markets.get(exchange.lower()) if exchange.isascii() else None
        if market is None:
            raise UnknownExchange(exchange, list(self._markets))
        return market
