"""The way from one currency to another inside one exchange.

Fewest legs first, because every leg adds a spread and a fee. Among those the smallest cost, the product of ask/bid
over the legs: a dead market shows itself by its spread, while picking the best *price* picks exactly the dead market.
Then the intermediaries in alphabetical order, so that the same market always gives the same route.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Self

from domain.book import RateType, TopOfBook
from domain.currency import Currency
from domain.decimals import EXACT, rate_of
from domain.market import Instrument, Listing, Market
from domain.pair import Pair, Side

MAX_LEGS = 3

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Leg:
    """One trade of a route: buying or selling an instrument's base.

    `observed_at` is the book's age mark in Unix seconds.
    """

    exchange: str
    symbol: str
    pair: Pair
    side: Side
    book: TopOfBook
    observed_at: float

    def price(self, rate_type: RateType) -> Decimal:
        """Return the price of this leg, exactly, in units of the pair's quote for one base."""
        if rate_type is RateType.MID:
            return self.book.mid
        return self.book.bid if self.side is Side.SELL else self.book.ask


@dataclass(frozen=True, slots=True)
class Route:
    """The legs from one currency to another, all on one exchange; none when the two are the same.

    `observed_at` is in Unix seconds: the oldest leg's, or the listing's when there is no leg.
    """

    exchange: str
    currency_from: Currency
    currency_to: Currency
    legs: tuple[Leg, ...]
    observed_at: float

    @classmethod
    def to_itself(cls, listing: Listing, currency: Currency) -> Self:
        """Return the route from a listed currency to itself: no leg, and so no price."""
        return cls(listing.exchange, currency, currency, (), listing.observed_at)

    def rate(self, rate_type: RateType) -> Decimal:
        """Return units of `currency_to` for one `currency_from`, rounded once, to 12 significant digits."""
        numerator = denominator = _ONE
        for leg in self.legs:
            price = leg.price(rate_type)
            if leg.side is Side.SELL:
                numerator = EXACT.multiply(numerator, price)
            else:
                denominator = EXACT.multiply(denominator, price)
        return rate_of(numerator, denominator)


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
        paths = search(market, currency_from, currency_to)
        best = min((path for path in paths if path is not None), default=None)
        if best is not None:
            return _route(market, best)
    return None


@dataclass(frozen=True, slots=True)
class _Hop:
    """An instrument with its book: one edge of the graph."""

    instrument: Instrument
    book: TopOfBook


class _Path:
    """The hops along some currencies, ordered by what `find_route` prefers.

    Costs are compared as exact fractions: two routes of equal cost must tie, whatever their number of digits.
    """

    __slots__ = ("asks", "bids", "currencies", "hops")

    def __init__(self, currencies: tuple[Currency, ...], hops: tuple[_Hop, ...]) -> None:
        self.currencies = currencies
        self.hops = hops
        self.asks = self.bids = _ONE
        for hop in hops:
            self.asks = EXACT.multiply(self.asks, hop.book.ask)
            self.bids = EXACT.multiply(self.bids, hop.book.bid)

    def __lt__(self, other: "_Path") -> bool:
        mine, others = EXACT.multiply(self.asks, other.bids), EXACT.multiply(other.asks, self.bids)
        return mine < others if mine != others else self.currencies < other.currencies


def _direct(market: Market, start: Currency, end: Currency) -> Iterator[_Path | None]:
    yield _path(market, start, end)


def _through_one(market: Market, start: Currency, end: Currency) -> Iterator[_Path | None]:
    listing = market.listing
    for middle in listing.neighbours(start).keys() & listing.neighbours(end).keys():
        yield _path(market, start, middle, end)


def _through_two(market: Market, start: Currency, end: Currency) -> Iterator[_Path | None]:
    # Walk outwards from the end with fewer neighbours, so that a hub's thousands are met by intersection only.
    listing = market.listing
    near, far = listing.neighbours(start), listing.neighbours(end)
    if len(near) <= len(far):
        for first in near:
            for second in listing.neighbours(first).keys() & far.keys():
                yield _path(market, start, first, second, end)
    else:
        for second in far:
            for first in listing.neighbours(second).keys() & near.keys():
                yield _path(market, start, first, second, end)


def _path(market: Market, *currencies: Currency) -> _Path | None:
    hops = []
    for one, other in pairwise(currencies):
        hop = _best_hop(market, market.listing.between(one, other))
        if hop is None:
            return None
        hops.append(hop)
    return _Path(currencies, tuple(hops))


def _best_hop(market: Market, instruments: Iterable[Instrument]) -> _Hop | None:
    """Return the tightest of the instruments that have a book; two for one pair are rare, and then symbols decide."""
    best: _Hop | None = None
    for instrument in instruments:
        book = market.books.by_symbol.get(instrument.symbol)
        if book is None:
            continue
        hop = _Hop(instrument, book)
        if best is None or _is_tighter(hop, best):
            best = hop
    return best


def _is_tighter(hop: _Hop, other: _Hop) -> bool:
    mine = EXACT.multiply(hop.book.ask, other.book.bid)
    others = EXACT.multiply(other.book.ask, hop.book.bid)
    return mine < others if mine != others else hop.instrument.symbol < other.instrument.symbol


def _route(market: Market, path: _Path) -> Route:
    observed_at = market.books.observed_at
    legs = tuple(
        Leg(
            exchange=market.listing.exchange,
            symbol=hop.instrument.symbol,
            pair=hop.instrument.pair,
            side=Side.SELL if hop.instrument.pair.base == currency else Side.BUY,
            book=hop.book,
            observed_at=observed_at,
        )
        for currency, hop in zip(path.currencies, path.hops, strict=False)
    )
    return Route(market.listing.exchange, path.currencies[0], path.currencies[-1], legs, observed_at)
