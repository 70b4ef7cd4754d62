"""Pairs that two exchanges price too differently: one ticker for two coins, or a broken book."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.currency import Currency
from domain.decimals import EXACT
from domain.pair import Pair
from domain.rates.market_snapshot import MarketSnapshot

# A price that is so much older than the newest of its exchange differs because the market has moved.
COMPARABLE_SECONDS = 60.0

# Ratios this close to the threshold are compared again exactly: the error of a float is far smaller.
FLOAT_TOLERANCE = 1e-9

_ONE, _HUNDRED = Decimal(1), Decimal(100)


@dataclass(frozen=True, slots=True)
class Divergence:
    """One pair that two exchanges price too differently. The mids are in units of quote per unit of base."""

    pair: Pair
    mid: Decimal
    other_mid: Decimal

    @property
    def percent(self) -> float:
        """How much the higher mid exceeds the lower, in percent of the lower."""
        low, high = sorted((float(self.mid), float(self.other_mid)))
        return (high / low - 1) * 100


def divergences(one: MarketSnapshot, other: MarketSnapshot, threshold_percent: Decimal) -> Iterator[Divergence]:
    """Yield the pairs of both markets, with the same base and quote, whose mids differ by more than the threshold.

    Pairs are in the units of the first market: the other one's 1000SATS/USDT is compared with its SATS/USDT.

    The difference is in percent of the lower mid, so that neither exchange counts as the right one. A price that is
    held back counts as it was before.
    """
    limit = 1 + float(threshold_percent) / 100
    certain, possible = limit * (1 + FLOAT_TOLERANCE), limit * (1 - FLOAT_TOLERANCE)
    for symbol, their_symbol, (base, quote) in _shared(one, other):
        mid, other_mid = _approximate_mid(one, symbol), _approximate_mid(other, their_symbol)
        units = _units(other, base, quote)
        if units != _ONE:
            other_mid *= float(units)
        ratio = mid / other_mid if mid > other_mid else other_mid / mid
        if ratio > possible:
            found = Divergence(Pair(base, quote), _mid(one, symbol), EXACT.multiply(_mid(other, their_symbol), units))
            if ratio > certain or _exceeds(found, threshold_percent):
                yield found


def mismatched_currencies(
    one: MarketSnapshot, other: MarketSnapshot, diverging: Collection[Divergence]
) -> frozenset[Currency]:
    """Return the currencies that are probably different coins on the two exchanges: all their shared pairs diverge.

    A pair that only one exchange lists cannot be compared itself, so callers judge it by its two currencies.
    """
    pairs = {each.pair for each in diverging}
    found = {currency for pair in pairs for currency in (pair.base, pair.quote)}
    if found:
        for _, _, ends in _shared(one, other):
            if not found.isdisjoint(ends) and Pair(*ends) not in pairs:
                found.difference_update(ends)
    return frozenset(found)


def _shared(one: MarketSnapshot, other: MarketSnapshot) -> Iterator[tuple[str, str, tuple[Currency, Currency]]]:
    """Yield both symbols, and base and quote, of each pair that both list the same way round and have a book of."""
    mine, theirs = one.book_tickers.by_symbol, other.book_tickers.by_symbol
    other_ends = other.instruments.pairs.ends
    for symbol, ends in one.instruments.pairs.ends.items():
        for their_symbol in other.instruments.between(*ends):
            if symbol not in mine or their_symbol not in theirs:
                continue
            if other_ends[their_symbol] != ends and other_ends[their_symbol] != _listed(other, ends):
                continue
            if _is_comparable(one, symbol) and _is_comparable(other, their_symbol):
                yield symbol, their_symbol, ends


def _listed(market: MarketSnapshot, ends: tuple[Currency, Currency]) -> tuple[Currency, Currency]:
    return market.instruments.listed_as(ends[0]), market.instruments.listed_as(ends[1])


def _units(market: MarketSnapshot, base: Currency, quote: Currency) -> Decimal:
    """Return what turns a price of what the market lists into one of base in quote, exactly: powers of ten."""
    instruments = market.instruments
    if base not in instruments.scaled and quote not in instruments.scaled:
        return _ONE
    return instruments.units_of(base).scaleb(-instruments.units_of(quote).adjusted())


def _is_comparable(market: MarketSnapshot, symbol: str) -> bool:
    books = market.book_tickers
    if books.observed_at_of(symbol) < books.observed_at - COMPARABLE_SECONDS:
        return False
    return symbol not in market.unpriced or symbol in books.held_back


def _approximate_mid(market: MarketSnapshot, symbol: str) -> float:
    known = market.book_tickers.held_back.get(symbol)
    return market.book_tickers.by_symbol.approximate_mid(symbol) if known is None else known


def _mid(market: MarketSnapshot, symbol: str) -> Decimal:
    known = market.book_tickers.held_back.get(symbol)
    return market.book_tickers.by_symbol[symbol].mid if known is None else Decimal(repr(known))


def _exceeds(found: Divergence, threshold_percent: Decimal) -> bool:
    return differ(found.mid, found.other_mid, threshold_percent)


def differ(mid: Decimal, other_mid: Decimal, threshold_percent: Decimal) -> bool:
    """Tell whether two mids differ by more than this percentage of the lower, exactly."""
    low, high = sorted((mid, other_mid))
    return EXACT.multiply(high, _HUNDRED) > EXACT.multiply(low, EXACT.add(_HUNDRED, threshold_percent))
