"""Convert at depth: what this very amount would bring, through the order books of the legs of one route."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from application.market_data.attempts import MAX_ATTEMPTS, RETRY_AFTER_SECONDS
from application.market_data.freshness import Arrival
from application.market_data.market import Market
from application.market_data.market_depth import MarketDepth
from application.rates.convert import Convert
from application.rates.ports.meter import RatesMeter
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.decimals import EXACT
from domain.rates.book import FurtherRateType
from domain.rates.depth import DepthConversion
from domain.rates.depth_leg import DepthLeg
from domain.rates.errors import (
    BookTooThin,
    ConversionUnavailable,
    ExchangeUnavailable,
    InvalidAmount,
    NoOrderBooks,
    NoRoute,
    NotAllAnswered,
    OrderTooSmall,
)
from domain.rates.route import Leg, Route
from domain.rates.tickers import name_at
from domain.rates.trading_rules import NO_RULES

_ONE = Decimal(1)


class ConvertAtDepth:
    """The use case. `depths` has the exchanges that show order books; no other is asked.

    The route is the one that an executable conversion by `convert` would take, without a bank's rates, at which nobody
    trades. For an exchange whose listing tells no fee, `taker_fees` has it as a share; else its standard fee counts.
    """

    def __init__(
        self,
        *,
        convert: Convert,
        depths: Mapping[str, MarketDepth],
        taker_fees: Mapping[str, Decimal],
        meter: RatesMeter,
        divergence: WatchDivergence | None = None,
    ) -> None:
        self._convert = convert
        self._depths = depths
        self._taker_fees = taker_fees
        self._meter = meter
        self._divergence = divergence

    async def __call__(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        cache_max_seconds: int | None = None,
    ) -> DepthConversion:
        """Return what `amount`, which is above 0, would bring. Prices and order books satisfy `cache_max_seconds`.

        Raises what `Convert` raises, `NoOrderBooks`, `BookTooThin` and `OrderTooSmall`.
        """
        conversion = await self.attempt(
            arrival=arrival,
            amount=amount,
            currency_from=name_at(exchange or "", currency_from),
            currency_to=name_at(exchange or "", currency_to),
            exchange=exchange,
            cache_max_seconds=cache_max_seconds,
        )
        self._meter.converted_further(conversion.route.exchange, FurtherRateType.DEPTH, len(conversion.route.legs))
        return replace(conversion, route=conversion.route.asked_as(currency_from, currency_to))

    async def attempt(
        self,
        *,
        arrival: Arrival,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        cache_max_seconds: int | None = None,
    ) -> DepthConversion:
        """Return the same without counting it as a conversion."""
        if not amount:
            raise InvalidAmount("must be above 0 for `depth`, which is about what this very amount would bring")
        asked, failed = self._asked(exchange), _Failed()
        while True:
            remaining = {name: market for name, market in asked.items() if name not in failed.failures}
            try:
                route = await self._route(
                    remaining, failed.failures, arrival, currency_from, currency_to, cache_max_seconds
                )
                if _is_wide(route) and await failed.begin_second_attempts():
                    continue
                return DepthConversion.along(route, amount, await self._legs(route, cache_max_seconds, arrival))
            except ExchangeUnavailable as failure:
                failed.add(failure)
            except (NotAllAnswered, NoRoute, BookTooThin, OrderTooSmall):
                if not await failed.begin_second_attempts():
                    raise

    def _asked(self, exchange: str | None) -> Mapping[str, Market]:
        known = self._convert.asked(exchange)  # none if it is the bank that is asked
        asked = {market.name: market for market in known if market.name in self._depths}
        if not asked:
            raise NoOrderBooks(exchange or ", ".join(market.name for market in known), list(self._depths))
        return asked

    async def _route(
        self,
        markets: Mapping[str, Market],
        failures: Mapping[str, ExchangeUnavailable],
        arrival: Arrival,
        currency_from: Currency,
        currency_to: Currency,
        cache_max_seconds: int | None,
    ) -> Route:
        """Return the route over `markets`, which may replace those that failed. Raises as `Convert` does."""
        if not markets:
            raise ConversionUnavailable(failures, {})
        try:
            route = await self._convert.over(markets).route(
                arrival=arrival,
                currency_from=currency_from,
                currency_to=currency_to,
                cache_max_seconds=cache_max_seconds,
            )
        except NotAllAnswered as error:
            raise ConversionUnavailable({**failures, **_unavailable(error)}, error.reasons) from error
        except NoRoute as error:
            if failures:
                raise ConversionUnavailable(failures, error.reasons) from error
            raise
        self._raise_if_no_substitute(route, failures)
        return route

    def _raise_if_no_substitute(self, route: Route, failures: Mapping[str, ExchangeUnavailable]) -> None:
        if self._divergence is None:
            return
        pairs = [leg.pair for leg in route.trades]
        for failed in failures:
            diverging = self._divergence.diverging(failed, route.exchange, pairs)
            if diverging:
                raise ConversionUnavailable(failures, {}, {route.exchange: tuple(map(str, diverging))})

    async def _legs(self, route: Route, cache_max_seconds: int | None, arrival: Arrival) -> list[DepthLeg]:
        """Fetch the order books of the legs, all at once."""
        not_before = arrival.at - cache_max_seconds if cache_max_seconds else None
        legs = route.trades
        depth = self._depths[route.exchange]
        try:
            async with asyncio.TaskGroup() as group:
                fetches = [group.create_task(depth.get(leg.symbol, not_before, arrival)) for leg in legs]
        except* ExchangeUnavailable as failures:
            raise _first(failures) from failures
        return [DepthLeg(leg, fetch.result(), self._fee(leg)) for leg, fetch in zip(legs, fetches, strict=True)]

    def _fee(self, leg: Leg) -> Decimal:
        rules = leg.market.instruments.rules.get(leg.symbol, NO_RULES)
        if rules.taker_fee is not None:
            return rules.taker_fee
        fee = self._taker_fees.get(leg.exchange, self._depths[leg.exchange].standard_taker_fee)
        return EXACT.multiply(fee, _ONE if rules.taker_fee_factor is None else rules.taker_fee_factor)


class _Failed:
    """The exchanges whose order books could not be fetched.

    As with prices, one that failed in passing is asked again only if no other answers, but before a last resort: a wide
    market or an error.
    """

    def __init__(self) -> None:
        self.failures: dict[str, ExchangeUnavailable] = {}
        self._attempts: Counter[str] = Counter()

    def add(self, failure: ExchangeUnavailable) -> None:
        """Count a failed attempt."""
        self._attempts[failure.exchange] += 1
        self.failures[failure.exchange] = replace(failure)  # the traceback of the other refers back to the frame

    async def begin_second_attempts(self) -> bool:
        """Return, after a pause, whether any exchange is to be asked again."""
        again = [
            name
            for name, failure in self.failures.items()
            if failure.is_transient and self._attempts[name] < MAX_ATTEMPTS
        ]
        if again:
            await asyncio.sleep(RETRY_AFTER_SECONDS)
        for name in again:
            del self.failures[name]
        return bool(again)


def _is_wide(route: Route) -> bool:
    return any(leg.symbol not in leg.market.tight_costs for leg in route.trades)


def _unavailable(error: NotAllAnswered) -> Mapping[str, ExchangeUnavailable]:
    return {name: each for name, each in error.failures.items() if isinstance(each, ExchangeUnavailable)}


def _first(failures: BaseExceptionGroup[ExchangeUnavailable]) -> ExchangeUnavailable:
    first = failures.exceptions[0]
    return first if isinstance(first, ExchangeUnavailable) else _first(first)
