"""Prices of orders from the markets that conversions use, newer and compared with each other."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_UP, Context, Decimal

import structlog

from application.market_data.freshness import are_all_from
from application.market_data.market import Market
from application.orders.ports.order_prices import OrderPrices
from application.orders.ports.orders_meter import OrdersMeter
from domain.currency import Currency
from domain.decimals import EXACT, plain
from domain.orders.errors import NoFreshPrice, NotForSale, PricesDiverge
from domain.orders.terms import FirmPrice
from domain.pair import Pair, Side
from domain.rates.book import RateType
from domain.rates.errors import ExchangeUnavailable
from domain.rates.rounding import RATE_DIGITS
from domain.rates.route import Leg, Route
from domain.rates.routing import Routes

# For the exchanges that a price is only compared with.
COMPARISON_TIMEOUT_SECONDS = 2.0
NO_ANSWER_IN_TIME = "no answer in time"

_DIRECT = ((1, True), (1, False))
_UP = Context(prec=RATE_DIGITS, rounding=ROUND_UP)
_HUNDRED = Decimal(100)
_ONE = Decimal(1)

Search = tuple[int, bool]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one exchange says: a price, or that it has none, or why it could not be asked."""

    exchange: str
    price: FirmPrice | None = None
    failure: str | None = None


class MarketOrderPrices(OrderPrices):
    """The first of `markets` that has a route decides; every other one that has a price must agree with it.

    `searches` are as for conversions. Without `divergence_percent`, nothing is compared.
    """

    def __init__(
        self,
        *,
        markets: Mapping[str, Market],
        searches: Sequence[Search],
        max_age_seconds: float,
        divergence_percent: Decimal | None,
        meter: OrdersMeter,
    ) -> None:
        self._markets = dict(markets)
        self._searches = searches
        self._max_age_seconds = max_age_seconds
        self._meter = meter
        self._divergence_percent = divergence_percent

    async def executable(self, buy: Currency, pay_with: Currency, now: float) -> FirmPrice:
        """Return the price at the first exchange with a route."""
        return await self._price(list(self._markets), Pair(buy, pay_with), self._searches, now)

    async def ask(self, pair: Pair, venue: str, now: float) -> FirmPrice:
        """Return the price at the venue's own market; for one without, at the first that trades the pair."""
        names = [venue] if venue in self._markets else list(self._markets)
        return await self._price(names, pair, _DIRECT, now)

    async def _price(self, names: Sequence[str], pair: Pair, searches: Sequence[Search], now: float) -> FirmPrice:
        first, *others = [*names, *(name for name in self._markets if name not in names)]
        async with asyncio.TaskGroup() as group:
            asked = group.create_task(self._ask(first, pair, searches, now))
            compared = [group.create_task(self._compare(name, pair, searches, now)) for name in others]
        everything = [asked.result(), *(task.result() for task in compared)]
        answers = [each for each in everything if each.exchange in names]
        price = next((each.price for each in answers if each.price is not None), None)
        failures = [f"{each.exchange}: {each.failure}" for each in answers if each.failure is not None]
        if price is None and failures:
            raise NoFreshPrice("; ".join(failures))
        if price is None:
            raise NotForSale(f"buys no {pair.base} at any exchange", "pay_with")
        self._check(pair, price, [each.price for each in everything])
        return price

    async def _compare(self, name: str, pair: Pair, searches: Sequence[Search], now: float) -> _Asked:
        try:
            async with asyncio.timeout(COMPARISON_TIMEOUT_SECONDS):
                return await self._ask(name, pair, searches, now)
        except TimeoutError:
            return _Asked(name, failure=NO_ANSWER_IN_TIME)

    async def _ask(self, name: str, pair: Pair, searches: Sequence[Search], now: float) -> _Asked:
        market, not_before = self._markets[name], now - self._max_age_seconds
        try:
            routes = market.routes_in_memory(not_before, now)
            if routes is None or not are_all_from(routes.market.book_tickers, not_before):
                instruments = await market.instruments()
                routes = market.routes(instruments, await market.book_tickers(not_before, is_whole=True))
        except ExchangeUnavailable as failure:
            return _Asked(name, failure=failure.detail)
        for max_legs, only_tight in searches:
            route = routes.find(pair.quote, pair.base, max_legs, only_tight=only_tight)
            if route is not None and route.legs and len(route.trades) == len(route.legs):  # orders change no unit
                return _Asked(name, FirmPrice(_price_of(route), name, route.observed_at, _symbol_of(route)))
        return _Asked(name, failure=_why_unpriced(routes, pair, max(legs for legs, _ in searches)))

    def _check(self, pair: Pair, price: FirmPrice, others: Sequence[FirmPrice | None]) -> None:
        if not self._divergence_percent:
            return
        for other in others:
            if other is not None and _differ(price.price, other.price, self._divergence_percent):
                prices = {each.exchange: plain(each.price) for each in (price, other)}
                self._meter.prices_diverged()
                log.error("order_prices_diverged", pair=str(pair), prices=prices)
                raise PricesDiverge(f"the prices of {pair} at {price.exchange} and {other.exchange} differ too much")


def _why_unpriced(routes: Routes, pair: Pair, max_legs: int) -> str | None:
    """Return why an exchange that trades the pair has no price of it now; None if it does not trade it."""
    if routes.lacks_only_confirmation(pair.quote, pair.base, max_legs):
        return "its price has jumped, and is not confirmed yet"
    if routes.lacks_only_prices_within_bounds(pair.quote, pair.base, max_legs):
        return "its spread is too wide for a price"
    return None


def _price_of(route: Route) -> Decimal:
    """Return what one unit of the route's last currency costs, rounded up to 12 significant digits."""
    numerator = denominator = _ONE
    for leg in route.legs:
        if not isinstance(leg, Leg):
            raise TypeError("a bank's rate is no price at which anything can be bought")
        price = leg.price(RateType.EXECUTABLE)
        if leg.side is Side.BUY:
            numerator = EXACT.multiply(numerator, price)
        else:
            denominator = EXACT.multiply(denominator, price)
    return _UP.divide(numerator, denominator)


def _symbol_of(route: Route) -> str | None:
    first, *others = route.legs
    return first.symbol if isinstance(first, Leg) and not others else None


def _differ(one: Decimal, other: Decimal, percent: Decimal) -> bool:
    low, high = sorted((one, other))
    return EXACT.multiply(high, _HUNDRED) > EXACT.multiply(low, EXACT.add(_HUNDRED, percent))
