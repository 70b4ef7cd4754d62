"""The same pair on two exchanges at prices that cannot both be right: likely another coin, or a broken book."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.decimals import EXACT
from domain.market import Market
from domain.pair import Pair

# Ratios this close to the threshold, as floats, are compared again exactly: a float's own error is far smaller.
FLOAT_DOUBT = 1e-9

_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Divergence:
    """One pair that two exchanges quote too far apart. The mids are in units of the pair's quote for one base."""

    pair: Pair
    mid: Decimal
    other_mid: Decimal

    @property
    def percent(self) -> float:
        """By how much the higher mid exceeds the lower, in percent of the lower."""
        low, high = sorted((float(self.mid), float(self.other_mid)))
        return (high / low - 1) * 100


def divergences(one: Market, other: Market, threshold_percent: Decimal) -> Iterator[Divergence]:
    """Find the pairs, with the same base and quote in both markets, whose mids differ by more than the threshold.

    The difference is taken in percent of the lower mid, so that neither exchange counts as the right one.
    """
    clear = 1 + float(threshold_percent) / 100
    no_doubt, all_doubt = clear * (1 + FLOAT_DOUBT), clear * (1 - FLOAT_DOUBT)
    mine, theirs = one.books.by_symbol, other.books.by_symbol
    for symbol, (base, quote) in one.listing.pairs.ends.items():
        for their_symbol in other.listing.between(base, quote):
            mid, other_mid = mine.about_mid(symbol), theirs.about_mid(their_symbol)
            ratio = mid / other_mid if mid > other_mid else other_mid / mid  # NaN, which is never more, without a book
            if ratio > all_doubt and other.listing.pairs.ends[their_symbol][0] == base:
                found = Divergence(Pair(base, quote), mine[symbol].mid, theirs[their_symbol].mid)
                if ratio > no_doubt or _exceeds(found, threshold_percent):
                    yield found


def _exceeds(found: Divergence, threshold_percent: Decimal) -> bool:
    low, high = sorted((found.mid, found.other_mid))
    return EXACT.multiply(high, _HUNDRED) > EXACT.multiply(low, EXACT.add(_HUNDRED, threshold_percent))
