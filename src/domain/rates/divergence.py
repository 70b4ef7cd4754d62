"""The same pair on two exchanges at prices that cannot both be right: another coin, or a broken book."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.currency import Currency
from domain.decimals import EXACT
from domain.pair import Pair
from domain.rates.market_snapshot import MarketSnapshot

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


def divergences(one: MarketSnapshot, other: MarketSnapshot, threshold_percent: Decimal) -> Iterator[Divergence]:
    """Find the pairs, with the same base and quote in both markets, whose mids differ by more than the threshold.

    The difference is taken in percent of the lower mid, so that neither exchange counts as the right one.
    """
    clear = 1 + float(threshold_percent) / 100
    no_doubt, all_doubt = clear * (1 + FLOAT_DOUBT), clear * (1 - FLOAT_DOUBT)
    mine, theirs = one.book_tickers.by_symbol, other.book_tickers.by_symbol
    for symbol, their_symbol, (base, quote) in _shared(one, other):
        mid, other_mid = mine.about_mid(symbol), theirs.about_mid(their_symbol)
        ratio = mid / other_mid if mid > other_mid else other_mid / mid
        if ratio > all_doubt:
            found = Divergence(Pair(base, quote), mine[symbol].mid, theirs[their_symbol].mid)
            if ratio > no_doubt or _exceeds(found, threshold_percent):
                yield found


def strangers(one: MarketSnapshot, other: MarketSnapshot, diverging: Collection[Divergence]) -> frozenset[Currency]:
    """Return the currencies that are probably different coins on the two exchanges: all their shared pairs diverge.

    A pair that only one exchange has cannot be compared, so it is trusted only as far as its two currencies are.
    """
    pairs = {each.pair for each in diverging}
    found = {currency for pair in pairs for currency in (pair.base, pair.quote)}
    if found:
        for _, _, ends in _shared(one, other):
            if not found.isdisjoint(ends) and Pair(*ends) not in pairs:
                found.difference_update(ends)
    return frozenset(found)


def _shared(one: MarketSnapshot, other: MarketSnapshot) -> Iterator[tuple[str, str, tuple[Currency, Currency]]]:
    """Yield the symbols of each pair that both list the same way round with a book, and its base and quote."""
    mine, theirs = one.book_tickers.by_symbol, other.book_tickers.by_symbol
    other_ends = other.instruments.pairs.ends
    for symbol, ends in one.instruments.pairs.ends.items():
        for their_symbol in other.instruments.between(*ends):
            if symbol in mine and their_symbol in theirs and other_ends[their_symbol] == ends:
                yield symbol, their_symbol, ends


def _exceeds(found: Divergence, threshold_percent: Decimal) -> bool:
    low, high = sorted((found.mid, found.other_mid))
    return EXACT.multiply(high, _HUNDRED) > EXACT.multiply(low, EXACT.add(_HUNDRED, threshold_percent))
