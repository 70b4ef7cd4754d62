"""Convert an amount: exchanges in order, direct before indirect, the next exchange when one cannot be asked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from itertools import takewhile
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_fixed

from application.market_data.market_data import MarketData
from application.market_data.ports.meter import Level, Meter
from application.ports.clock import Clock
from application.rates.watch_divergence import WatchDivergence
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, ExchangeUnavailable, NoRoute, UnknownExchange
from domain.rates.instruments import Instruments
from domain.rates.route import Route
from domain.rates.routing import MAX_LEGS

MAX_ATTEMPTS = 2

# No jitter: those who shared a failure come back together, and so share the second attempt too.
RETRY_AFTER_SECONDS = 0.05

DIRECT = 1

# "Not listed" is never said from a listing older than this without looking again: new coins list every day.
NEGATIVE_LISTING_MAX_AGE_SECONDS = 60.0

T = TypeVar("T")


class Convert:
    """The use case behind every conversion. `markets` are asked in their order.

    `divergence` knows where a later one cannot stand in for one that has failed; without it, each always can.
    """

    def __init__(
        self,
        markets: Mapping[str, MarketData],
        clock: Clock,
        meter: Meter,
        max_legs: int = MAX_LEGS,
        divergence: WatchDivergence | None = None,
    ) -> None:
        self._markets = dict(markets)
        self._all = list(markets.values())
        self._clock = clock
        self._meter = meter
        self._max_legs = max_legs
        self._divergence = divergence
        self._searches = sorted({DIRECT, max_legs})  # a direct pair anywhere comes before any detour

    async def __call__(
        self,
        *,
        amount: Decimal,
        currency_from: Currency,
        currency_to: Currency,
        exchange: str | None = None,
        rate_type: RateType = RateType.MID,
        cache_max_seconds: int | None = None,
    ) -> Conversion:
        """Return what `amount` of one currency is worth in the other.

        `exchange` names the one and only exchange to ask, in any case; None asks all in order. Every leg is at most
        `cache_max_seconds` old; None means fetched after this call.

        Raises `UnknownExchange`, `NoRoute` when all have answered and none has a route, and `ConversionUnavailable`
        when one that might have had it could not be asked.
        """
        arrived_at = self._clock.now()
        markets = self._all if exchange is None else [self._named(exchange)]
        route = not_before = None
        if cache_max_seconds:
            not_before = arrived_at - cache_max_seconds
            route = self._in_hand(markets, currency_from, currency_to, not_before)
        if route is None:
            route = await self._ask(markets, _Question(currency_from, currency_to, not_before, arrived_at))
        conversion = Conversion.along(route, amount, rate_type)
        self._meter.converted(conversion)
        return conversion

    def _in_hand(
        self, markets: Sequence[MarketData], currency_from: Currency, currency_to: Currency, not_before: float
    ) -> Route | None:
        """Return the route if all that decides it is in hand: nearly every request, and none of those waits."""
        for max_legs in self._searches:
            for market in markets:
                routes = market.held(not_before)
                if routes is None:
                    if max_legs == DIRECT and _has_no_direct(market.held_instruments(), currency_from, currency_to):
                        continue  # no prices are needed for this no
                    return None
                route = routes.find(currency_from, currency_to, max_legs)
                if route is not None:
                    if route.legs:
                        self._meter.prices_had(market.name, Level.PROCESS)
                    return route
        return None

    async def _ask(self, markets: Sequence[MarketData], question: "_Question") -> Route:
        inquiries = [_Inquiry(market, question) for market in markets]
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

    def _is_no_substitute(self, inquiry: "_Inquiry", route: Route, inquiries: Sequence["_Inquiry"]) -> bool:
        """Tell, and note it there, whether the route means other coins than an exchange before it that has failed."""
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


def _has_no_direct(instruments: Instruments | None, currency_from: Currency, currency_to: Currency) -> bool:
    """Tell whether the listing rules a direct pair out: it has none, and the two currencies are not the same."""
    return (
        instruments is not None and currency_from != currency_to and not instruments.between(currency_from, currency_to)
    )


@dataclass(frozen=True, slots=True)
class _Question:
    """What every exchange is asked. `not_before` bounds the age of the prices, in Unix seconds; None: fetched after."""

    currency_from: Currency
    currency_to: Currency
    not_before: float | None
    arrived_at: float

    def is_too_old_for_no(self, instruments: Instruments) -> bool:
        return self.arrived_at - instruments.observed_at > NEGATIVE_LISTING_MAX_AGE_SECONDS


class _Inquiry:
    """One exchange asked one question. What came of it stands in `failure`, or else in `diverging` or `reason`."""

    def __init__(self, market: MarketData, question: "_Question") -> None:
        self.exchange = market.name
        self.failure: ExchangeUnavailable | None = None
        self.reason = ""
        self.diverging: tuple[str, ...] = ()
        self._market = market
        self._since = market.begun
        self._question = question
        self._failed_attempts = 0

    async def route(self, max_legs: int, *, is_last: bool) -> Route | None:
        """Return the best route of at most `max_legs`, None when there is none or the exchange cannot be asked."""
        if self.failure is not None:
            return None
        try:
            instruments = await self._tried(self._market.instruments)
            route = await self._route_in(instruments, max_legs)
            if route is None and is_last and self._question.is_too_old_for_no(instruments):
                instruments = await self._tried(partial(self._market.instruments, NEGATIVE_LISTING_MAX_AGE_SECONDS))
                route = await self._route_in(instruments, max_legs)
        except ExchangeUnavailable as failure:
            self.failure = failure
            return None
        return route

    async def _route_in(self, instruments: Instruments, max_legs: int) -> Route | None:
        question = self._question
        for currency in (question.currency_from, question.currency_to):
            if not instruments.lists(currency):
                self.reason = f"{currency} is not listed"
                return None
        if question.currency_from == question.currency_to:
            return Route.to_itself(instruments, question.currency_to)
        self.reason = f"no route of at most {max_legs} {'leg' if max_legs == 1 else 'legs'} with prices on both sides"
        if max_legs == DIRECT and _has_no_direct(instruments, question.currency_from, question.currency_to):
            return None  # the listing alone answers: no call for prices
        book_tickers = await self._tried(partial(self._market.book_tickers, question.not_before, self._since))
        return self._market.routes(instruments, book_tickers).find(
            question.currency_from, question.currency_to, max_legs
        )

    async def _tried(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make the call, and once more after a transient failure, unless this exchange has used up its attempts."""
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


def _is_transient(error: BaseException) -> bool:
    return isinstance(error, ExchangeUnavailable) and error.is_transient
