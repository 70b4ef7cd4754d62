"""The search for a route inside one exchange.

Fewest legs first, because every leg adds a spread and a fee. Among those the smallest cost, the product of ask/bid
over the legs: a dead market shows itself by its spread, while picking the best *price* picks exactly the dead market.
Then the intermediaries in alphabetical order, so that the same market always gives the same route.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from domain.book import TopOfBook
from domain.currency import Currency
from domain.decimals import EXACT
from domain.market import Instrument, Market
from domain.pair import Side
from domain.route import Leg, Route

MAX_LEGS = 3

# Far more questions than are asked again while one set of books is in use; past that, memory is worth more.
MOST_ROUTES_KEPT = 4096

# Costs this close, as floats, are compared again as exact fractions: a float's own error is a thousand times smaller.
FLOAT_DOUBT = 1e-12

_ONE = Decimal(1)

# About the product of ask/bid along some currencies, and the currencies.
_Candidate = tuple[float, tuple[Currency, ...]]


def find_route(
    market: Market, currency_from: Currency, currency_to: Currency, max_legs: int = MAX_LEGS
) -> Route | None:
    """Return the best route of at most `max_legs` (1 to 3) legs, or None when this market has none."""
    listing = market.listing
    if not (listing.lists(currency_from) and listing.lists(currency_to)):
        return None
    if currency_from == currency_to:
        return Route.to_itself(listing, currency_to)
    searches = (_direct, _through_one, _through_two)
    for search in searches[:max_legs]:
        cheapest = _cheapest(search(market, currency_from, currency_to))
        if cheapest:
            paths = [(currencies, _hops(market, currencies)) for currencies in cheapest]
            return _route(market, *(paths[0] if len(paths) == 1 else min(paths, key=_ExactCost)))
    return None


class Routes:
    """The routes of one market, each searched for once: a market never changes, and so neither do they."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self._found: dict[tuple[Currency, Currency, int], Route | None] = {}

    def find(self, currency_from: Currency, currency_to: Currency, max_legs: int = MAX_LEGS) -> Route | None:
        """Return what `find_route` does."""
        question = (currency_from, currency_to, max_legs)
        try:
            return self._found[question]
        except KeyError:
            if len(self._found) >= MOST_ROUTES_KEPT:
                self._found.clear()
            route = self._found[question] = find_route(self.market, *question)
            return route


@dataclass(frozen=True, slots=True)
class _Hop:
    """An instrument with its book: one edge of the graph."""

    instrument: Instrument
    book: TopOfBook


class _ExactCost:
    """What a path costs, as an exact fraction: paths of equal cost must tie, whatever their number of digits."""

    __slots__ = ("asks", "bids", "currencies")

    def __init__(self, path: tuple[tuple[Currency, ...], tuple[_Hop, ...]]) -> None:
        self.currencies, hops = path
        self.asks = self.bids = _ONE
        for hop in hops:
            self.asks = EXACT.multiply(self.asks, hop.book.ask)
            self.bids = EXACT.multiply(self.bids, hop.book.bid)

    def __lt__(self, other: "_ExactCost") -> bool:
        mine, others = EXACT.multiply(self.asks, other.bids), EXACT.multiply(other.asks, self.bids)
        return mine < others if mine != others else self.currencies < other.currencies


def _direct(market: Market, start: Currency, end: Currency) -> Iterator[_Candidate]:
    yield _cost(market, market.listing.between(start, end)), (start, end)


def _through_one(market: Market, start: Currency, end: Currency) -> Iterator[_Candidate]:
    near, far = market.listing.neighbours(start), market.listing.neighbours(end)
    for middle in near.keys() & far.keys():
        yield _cost(market, near[middle]) * _cost(market, far[middle]), (start, middle, end)


def _through_two(market: Market, start: Currency, end: Currency) -> Iterator[_Candidate]:
    # Walk outwards from the end with fewer neighbours, so that a hub's thousands are met by intersection only.
    near, far = market.listing.neighbours(start), market.listing.neighbours(end)
    if len(near) <= len(far):
        for first, hop in near.items():
            cost = _cost(market, hop)
            onward = market.listing.neighbours(first)
            for second in onward.keys() & far.keys():
                yield cost * _cost(market, onward[second]) * _cost(market, far[second]), (start, first, second, end)
    else:
        for second, hop in far.items():
            cost = _cost(market, hop)
            back = market.listing.neighbours(second)
            for first in back.keys() & near.keys():
                yield _cost(market, near[first]) * _cost(market, back[first]) * cost, (start, first, second, end)


def _cost(market: Market, instruments: tuple[Instrument, ...]) -> float:
    if len(instruments) == 1:
        return market.books.cost(instruments[0].symbol)
    return min((market.books.cost(instrument.symbol) for instrument in instruments), default=math.inf)


def _cheapest(candidates: Iterable[_Candidate]) -> list[tuple[Currency, ...]]:
    """Return the candidates whose cost is the smallest, as far as a float can tell: mostly one, or none at all."""
    cheapest: list[tuple[Currency, ...]] = []
    lowest = math.inf
    for cost, currencies in candidates:
        if cost < lowest * (1 - FLOAT_DOUBT):
            cheapest = [currencies]
            lowest = cost
        elif cost <= lowest * (1 + FLOAT_DOUBT) and cost != math.inf:
            cheapest.append(currencies)
            lowest = min(lowest, cost)
    return cheapest


def _hops(market: Market, currencies: tuple[Currency, ...]) -> tuple[_Hop, ...]:
    return tuple(_best_hop(market, market.listing.between(one, other)) for one, other in pairwise(currencies))


def _best_hop(market: Market, instruments: Iterable[Instrument]) -> _Hop:
    """Return the tightest of the instruments that have a book; two for one pair are rare, and then symbols decide."""
    books = market.books.by_symbol
    best, *others = (_Hop(each, books[each.symbol]) for each in instruments if each.symbol in books)
    for hop in others:
        if _is_tighter(hop, best):
            best = hop
    return best


def _is_tighter(hop: _Hop, other: _Hop) -> bool:
    mine = EXACT.multiply(hop.book.ask, other.book.bid)
    others = EXACT.multiply(other.book.ask, hop.book.bid)
    return mine < others if mine != others else hop.instrument.symbol < other.instrument.symbol


def _route(market: Market, currencies: tuple[Currency, ...], hops: tuple[_Hop, ...]) -> Route:
    exchange, observed_at = market.listing.exchange, market.books.observed_at
    legs = tuple(
        Leg(
            exchange=exchange,
            symbol=hop.instrument.symbol,
            pair=hop.instrument.pair,
            side=Side.SELL if hop.instrument.pair.base == currency else Side.BUY,
            book=hop.book,
            observed_at=observed_at,
        )
        for currency, hop in zip(currencies[:-1], hops, strict=True)
    )
    return Route(exchange, currencies[0], currencies[-1], legs, observed_at)
