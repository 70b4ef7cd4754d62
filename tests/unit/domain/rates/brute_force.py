"""Routes and rates by trying everything, in fractions. Knows nothing of how the domain finds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

RATE_DIGITS = 12


@dataclass(frozen=True)
class Edge:
    """One symbol with a sane book."""

    symbol: str
    base: str
    quote: str
    bid: Fraction
    ask: Fraction


@dataclass(frozen=True)
class Walk:
    """A way over some edges that meets no currency twice."""

    currencies: tuple[str, ...]
    edges: tuple[Edge, ...]

    @property
    def preference(self) -> tuple[int, Fraction, tuple[str, ...], tuple[str, ...]]:
        cost = Fraction(1)
        for edge in self.edges:
            cost *= edge.ask / edge.bid
        return len(self.edges), cost, self.currencies, tuple(edge.symbol for edge in self.edges)

    def rate(self, *, is_executable: bool) -> Fraction:
        rate = Fraction(1)
        for currency, edge in zip(self.currencies, self.edges, strict=False):
            mid = (edge.bid + edge.ask) / 2
            if edge.base == currency:
                rate *= edge.bid if is_executable else mid
            else:
                rate /= edge.ask if is_executable else mid
        return rate


def no_wider_than(edges: list[Edge], percent: Fraction) -> list[Edge]:
    """The edges whose spread, (ask - bid) / mid, is at most this percentage; 0 keeps all."""
    return [
        edge for edge in edges if percent == 0 or (edge.ask - edge.bid) / ((edge.bid + edge.ask) / 2) <= percent / 100
    ]


def best_walk(edges: list[Edge], start: str, end: str, max_legs: int) -> Walk | None:
    """The walk to be preferred: fewest legs, then smallest ask/bid, then the alphabet."""
    walks = _walks(edges, Walk((start,), ()), end, max_legs)
    return min(walks, key=lambda walk: walk.preference, default=None)


def rounded(number: Fraction) -> Fraction:
    """To 12 significant digits, half to even, with integers only."""
    exponent = len(str(number.numerator)) - len(str(number.denominator)) - RATE_DIGITS
    unit = Fraction(10) ** exponent
    while number / unit >= 10**RATE_DIGITS:
        unit *= 10
    while number / unit < 10 ** (RATE_DIGITS - 1):
        unit /= 10
    return round(number / unit) * unit


def _walks(edges: list[Edge], walk: Walk, end: str, legs_left: int) -> Iterator[Walk]:
    here = walk.currencies[-1]
    if here == end:
        yield walk
    elif legs_left > 0:
        for edge in edges:
            there = {edge.base: edge.quote, edge.quote: edge.base}.get(here)
            if there is not None and there not in walk.currencies:
                yield from _walks(edges, Walk((*walk.currencies, there), (*walk.edges, edge)), end, legs_left - 1)
