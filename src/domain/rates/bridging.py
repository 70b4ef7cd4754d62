"""The search for a route that a bank's reference rates complete: BTC to EUR on an exchange, EUR to USD at the bank.

Only where no exchange has a route by itself. The bank's part has no spread, so the part on the exchange decides, by the
rules of every route: fewest legs, then the smallest spread, then the alphabetical order of the currency between.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from weakref import WeakKeyDictionary

from domain.currency import Currency
from domain.rates.book import TopOfBook
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.reference_rates import ReferenceRates
from domain.rates.route import Leg, Route
from domain.rates.routing import FLOAT_TOLERANCE, MAX_CACHED_ROUTES, MAX_LEGS, Routes, find_route


def find_bridged_route(
    routes: Routes,
    rates: ReferenceRates,
    currency_from: Currency,
    currency_to: Currency,
    max_legs: int = MAX_LEGS,
    *,
    only_tight: bool = False,
) -> Route | None:
    """Return the best route of at most `max_legs` on the exchange, and the bank's legs at one end of it.

    None if there is none, and unless exactly one of the two currencies is the bank's.
    """
    return BridgedRoutes(rates).find(routes, currency_from, currency_to, max_legs, only_tight=only_tight)


class BridgedRoutes:
    """Finds routes over one publication, and caches them for as long as their market is current."""

    def __init__(self, rates: ReferenceRates) -> None:
        self.rates = rates
        self.missed_at = rates.missed_at  # looked up for each request, and slow to calculate
        self._over: WeakKeyDictionary[Routes, _Bridges] = WeakKeyDictionary()

    def find(
        self, routes: Routes, currency_from: Currency, currency_to: Currency, max_legs: int, *, only_tight: bool
    ) -> Route | None:
        """Return the best route, as `find_bridged_route` does."""
        bridges = self._over.get(routes)
        if bridges is None:
            bridges = self._over[routes] = _Bridges(routes.market, self.rates)
        key = (currency_from, currency_to, max_legs, only_tight)
        try:
            return bridges.found[key]
        except KeyError:
            if len(bridges.found) >= MAX_CACHED_ROUTES:
                bridges.found.clear()
            route = bridges.found[key] = bridges.best(*key)
            return route


class _Bridges:
    """One market and one publication. The market does not keep this alive, and this no `Routes`."""

    def __init__(self, market: MarketSnapshot, rates: ReferenceRates) -> None:
        self.found: dict[tuple[Currency, Currency, int, bool], Route | None] = {}
        self._market = market
        self._rates = rates
        self._fiats = [fiat for fiat in rates.currencies if fiat in market.instruments.pairs.neighbours]

    def best(self, currency_from: Currency, currency_to: Currency, max_legs: int, only_tight: bool) -> Route | None:
        is_last = currency_to in self._rates
        if is_last == (currency_from in self._rates):
            return None
        coin = currency_from if is_last else currency_to
        near = self._market.instruments.pairs.neighbours.get(self._market.instruments.listed_as(coin), {})
        direct = [fiat for fiat in self._fiats if fiat in near]
        for fiats, legs in ((direct, 1), (self._fiats, max_legs)):
            routes = (self._found(coin, fiat, legs, is_last=is_last, only_tight=only_tight) for fiat in fiats)
            found = [route for route in routes if route is not None]
            if found:
                return _best(found).extended(self._rates, currency_from, currency_to)
        return None

    def _found(self, coin: Currency, fiat: Currency, legs: int, *, is_last: bool, only_tight: bool) -> Route | None:
        ends = (coin, fiat) if is_last else (fiat, coin)
        return find_route(self._market, *ends, legs, only_tight=only_tight)


def _best(routes: list[Route]) -> Route:
    """Return the best of routes that are in the order of the bank's currencies."""
    fewest = min(len(route.legs) for route in routes)
    short = [route for route in routes if len(route.legs) == fewest]
    if len(short) == 1:  # as for most coins
        return short[0]
    costs = [prod(float(book.ask) / float(book.bid) for book in _books(route)) for route in short]
    highest = min(costs) * (1 + FLOAT_TOLERANCE)
    return min((route for route, cost in zip(short, costs, strict=True) if cost <= highest), key=_exact_cost)


def _exact_cost(route: Route) -> Fraction:
    """Return the product of ask/bid over the legs, exactly."""
    return prod((Fraction(book.ask) / Fraction(book.bid) for book in _books(route)), start=Fraction(1))


def _books(route: Route) -> Iterator[TopOfBook]:
    return (leg.book for leg in route.legs if isinstance(leg, Leg))
