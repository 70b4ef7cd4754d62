"""The search for a route that a bank's reference rates complete: BTC to EUR on an exchange, EUR to USD at the bank.

Only where no exchange has a route by itself. The bank's part has no spread, so the part on the exchange decides, by the
rules of every route: fewest legs, then the smallest spread, then the alphabetical order of the currency between.
"""

from collections.abc import Iterator
from fractions import Fraction
from math import prod
from weakref import WeakKeyDictionary

from domain.currency import Currency
from domain.rates.reference_rates import ReferenceRates
from domain.rates.route import Leg, Route
from domain.rates.routing import MAX_CACHED_ROUTES, MAX_LEGS, Routes


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
    is_last = currency_to in rates
    if is_last == (currency_from in rates):
        return None

    def candidates() -> Iterator[tuple[int, Fraction, Currency, Route]]:
        for fiat in rates.currencies:
            if fiat not in routes.market.instruments.pairs.neighbours:
                continue
            ends = (currency_from, fiat) if is_last else (fiat, currency_to)
            route = routes.find(*ends, max_legs, only_tight=only_tight)
            if route is not None:
                yield len(route.legs), _cost(route), fiat, route

    best = min(candidates(), default=None, key=lambda candidate: candidate[:3])
    return None if best is None else best[3].extended(rates, currency_from, currency_to)


class BridgedRoutes:
    """Finds routes over one publication, and caches them for as long as their market is current."""

    def __init__(self, rates: ReferenceRates) -> None:
        self.rates = rates
        self._found: WeakKeyDictionary[Routes, dict[tuple[Currency, Currency, int, bool], Route | None]]
        self._found = WeakKeyDictionary()

    def find(
        self, routes: Routes, currency_from: Currency, currency_to: Currency, max_legs: int, *, only_tight: bool
    ) -> Route | None:
        """Return the same as `find_bridged_route`, cached."""
        found = self._found.setdefault(routes, {})
        key = (currency_from, currency_to, max_legs, only_tight)
        if key not in found:
            if len(found) >= MAX_CACHED_ROUTES:
                found.clear()
            found[key] = find_bridged_route(
                routes, self.rates, currency_from, currency_to, max_legs, only_tight=only_tight
            )
        return found[key]


def _cost(route: Route) -> Fraction:
    """Return the product of ask/bid over the legs, exactly."""
    books = [leg.book for leg in route.legs if isinstance(leg, Leg)]
    return prod((Fraction(book.ask) / Fraction(book.bid) for book in books), start=Fraction(1))
