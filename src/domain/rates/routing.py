"""The search for a route inside one exchange.

Fewest legs first, because every leg adds a spread and a fee. Among those the smallest cost, the product of ask/bid
over the legs: a dead market has a wide spread, and the best *price* is often exactly that of a dead market. Then the
alphabetical order of the intermediate currencies, so that the same market always gives the same route.

A market beyond the spread bound has no price and is part of no route. A search over the tight markets leaves out the
wide ones as well.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache, partial
from itertools import pairwise

from domain.currency import Currency
from domain.decimals import EXACT
from domain.pair import Side
from domain.rates.book_tickers import Costs
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.route import Leg, Route

MAX_LEGS = 3

# Bounds memory; far fewer routes are looked up more than once while one snapshot is current.
MAX_CACHED_ROUTES = 8192

# Costs this close are compared again as exact fractions: the error of a float is a thousand times smaller.
FLOAT_TOLERANCE = 1e-12

# A direct pair alone, which is one leg.
DIRECT = 1

# At most how many legs, and whether over tight markets only.
Search = tuple[int, bool]

# The place of a search that does not exist: there is no route.
NOWHERE = 9

_ONE = Decimal(1)
_BUY, _SELL = Side.BUY, Side.SELL  # looking up an enumeration's members is slow

_Path = tuple[Currency, ...]

# The approximate product of ask/bid along a path, and the path.
_Candidate = tuple[float, _Path]

# The currencies that trade directly against one currency, and the symbol of each pair.
_Neighbours = Mapping[Currency, str]


@lru_cache
def searches_of(max_legs: int) -> tuple[Search, ...]:
    """Return the searches in their order.

    A direct pair anywhere comes before any detour, and both over tight markets before any wide one.
    """
    return tuple((legs, tight) for tight in (True, False) for legs in sorted({DIRECT, max_legs}))


def find_route(
    market: MarketSnapshot,
    currency_from: Currency,
    currency_to: Currency,
    max_legs: int = MAX_LEGS,
    *,
    only_tight: bool = False,
) -> Route | None:
    """Return the best route of at most `max_legs` (1 to 3) legs, None if this market has none."""
    neighbours = market.instruments.pairs.neighbours
    near, far = neighbours.get(currency_from), neighbours.get(currency_to)
    if near is None or far is None:
        return _route_by_aliases(market, currency_from, currency_to, max_legs, only_tight=only_tight)
    if currency_from == currency_to:
        return Route.to_itself(market.instruments, currency_to)
    costs = market.tight_costs if only_tight else market.costs
    if near.get(currency_to) in costs:
        return _route(market, (currency_from, currency_to))
    between = _cheapest(_through_one(costs, near, far)) if max_legs > 1 else []
    if not between and max_legs > 2:
        between = _cheapest(_through_two(market, costs, near, far))
    if not between:
        return None
    paths = [(currency_from, *each, currency_to) for each in between]
    return _route(market, paths[0] if len(paths) == 1 else min(paths, key=partial(_ExactCost, market)))


def _route_by_aliases(
    market: MarketSnapshot, currency_from: Currency, currency_to: Currency, max_legs: int, *, only_tight: bool
) -> Route | None:
    """Return the route between what the exchange itself calls by these names, under the names that were asked for."""
    listed_as = market.instruments.listed_as
    ends = listed_as(currency_from), listed_as(currency_to)
    if ends == (currency_from, currency_to):
        return None
    route = find_route(market, *ends, max_legs, only_tight=only_tight)
    return None if route is None else route.named(market.instruments, currency_from, currency_to)


class Routes:
    """Finds routes in one snapshot and caches them: a snapshot never changes, so its routes do not either."""

    def __init__(self, market: MarketSnapshot) -> None:
        self.market = market
        self._unbounded: Routes | None = None
        self._with_held_back: Routes | None = None
        self._has_wide = market.tight_costs is not market.costs
        self._found: dict[tuple[Currency, Currency, int, bool], Route | None] = {}
        self._first: dict[tuple[Currency, Currency, int], tuple[int, Route | None]] = {}

    def find(
        self, currency_from: Currency, currency_to: Currency, max_legs: int = MAX_LEGS, *, only_tight: bool = False
    ) -> Route | None:
        """Return the same as `find_route`, cached."""
        key = (currency_from, currency_to, max_legs, only_tight and self._has_wide)
        route = self._found.get(key)
        if route is not None or key in self._found:
            return route
        if not self.lists(currency_from, currency_to):
            return None  # invented names are not cached, since they would displace others
        if len(self._found) >= MAX_CACHED_ROUTES:
            self._found.clear()
        route = find_route(self.market, currency_from, currency_to, max_legs, only_tight=only_tight)
        self._found[key] = route
        return route

    def first(self, currency_from: Currency, currency_to: Currency, max_legs: int) -> tuple[int, Route | None]:
        """Return the place of the first of `searches_of(max_legs)` that finds a route, and the route; cached.

        The route is None if none finds one, and then the place is `NOWHERE`; or if one that lacks only confirmation
        comes first.
        """
        key = (currency_from, currency_to, max_legs)
        found = self._first.get(key)
        if found is not None:
            return found
        found = self._searched(*key)
        if found[0] != NOWHERE:
            if len(self._first) >= MAX_CACHED_ROUTES:
                self._first.clear()
            self._first[key] = found
        return found

    def _searched(self, currency_from: Currency, currency_to: Currency, max_legs: int) -> tuple[int, Route | None]:
        if not self.lists(currency_from, currency_to):
            return NOWHERE, None
        for place, (legs, tight) in enumerate(searches_of(max_legs)):
            route = self.find(currency_from, currency_to, legs, only_tight=tight)
            if route is not None or self.lacks_only_confirmation(currency_from, currency_to, legs, only_tight=tight):
                return place, route
        return NOWHERE, None

    def lists(self, currency_from: Currency, currency_to: Currency) -> bool:
        """Return whether both currencies are listed."""
        instruments = self.market.instruments
        return instruments.lists(currency_from) and instruments.lists(currency_to)

    def lacks_only_prices_within_bounds(
        self, currency_from: Currency, currency_to: Currency, max_legs: int = MAX_LEGS
    ) -> bool:
        """Tell, where there is no route, whether there would be one if no spread were too wide for a price."""
        if not self.market.unpriced:
            return False
        if self._unbounded is None:
            self._unbounded = Routes(MarketSnapshot(self.market.instruments, self.market.book_tickers))
        return self._unbounded.find(currency_from, currency_to, max_legs) is not None

    def lacks_only_confirmation(
        self, currency_from: Currency, currency_to: Currency, max_legs: int = MAX_LEGS, *, only_tight: bool = False
    ) -> bool:
        """Tell, where there is no route, whether there would be one if no price were held back."""
        book_tickers = self.market.book_tickers
        if not book_tickers.held_back:
            return False
        if self._with_held_back is None:
            unscreened = replace(book_tickers, held_back={})
            market = MarketSnapshot(self.market.instruments, unscreened, self.market.spread_bounds)
            self._with_held_back = Routes(market)
        return self._with_held_back.find(currency_from, currency_to, max_legs, only_tight=only_tight) is not None


def _through_one(costs: Costs, near: _Neighbours, far: _Neighbours) -> list[_Candidate]:
    if len(near) > len(far):
        near, far = far, near
    return [(costs[symbol] * costs[far[middle]], (middle,)) for middle, symbol in near.items() if middle in far]


def _through_two(market: MarketSnapshot, costs: Costs, near: _Neighbours, far: _Neighbours) -> list[_Candidate]:
    # Start from the end with fewer neighbours, so that the thousands of a hub currency are never iterated over.
    if len(near) > len(far):
        return [(cost, path[::-1]) for cost, path in _through_two(market, costs, far, near)]
    neighbours = market.instruments.pairs.neighbours
    candidates: list[_Candidate] = []
    for first, symbol in near.items():
        cost, onward = costs[symbol], neighbours[first]
        seconds = far if len(far) <= len(onward) else onward
        candidates += [
            (cost * costs[onward[second]] * costs[far[second]], (first, second))
            for second in seconds
            if second in far and second in onward
        ]
    return candidates


def _cheapest(candidates: list[_Candidate]) -> list[_Path]:
    """Return the paths whose costs floats cannot tell from the smallest: usually one, or none."""
    if len(candidates) <= 1:  # nearly always
        return [path for cost, path in candidates if cost != math.inf]
    lowest, _ = min(candidates)
    highest = lowest * (1 + FLOAT_TOLERANCE)
    return [path for cost, path in candidates if cost <= highest and cost != math.inf]


class _ExactCost:
    """The cost of a path as an exact fraction, so that equal costs tie whatever their number of digits."""

    __slots__ = ("asks", "bids", "path")

    def __init__(self, market: MarketSnapshot, path: _Path) -> None:
        self.path = path
        self.asks = self.bids = _ONE
        for leg in _legs(market, path):
            self.asks = EXACT.multiply(self.asks, leg.book.ask)
            self.bids = EXACT.multiply(self.bids, leg.book.bid)

    def __lt__(self, other: "_ExactCost") -> bool:
        mine, others = EXACT.multiply(self.asks, other.bids), EXACT.multiply(other.asks, self.bids)
        return mine < others if mine != others else self.path < other.path


def _route(market: MarketSnapshot, path: _Path) -> Route:
    book_tickers, legs = market.book_tickers, _legs(market, path)
    observed_at = book_tickers.observed_at
    if book_tickers.older:
        observed_at = min(leg.observed_at for leg in legs)
    return Route(book_tickers.exchange, path[0], path[-1], legs, observed_at)


def _legs(market: MarketSnapshot, path: _Path) -> tuple[Leg, ...]:
    pairs, tightest = market.instruments.pairs, market.tightest
    legs = []
    for one, other in pairwise(path):
        symbol = pairs.neighbours[one][other]
        if tightest:
            symbol = tightest.get(symbol, symbol)
        legs.append(Leg(symbol, _SELL if pairs.ends[symbol][0] == one else _BUY, market))
    return tuple(legs)
