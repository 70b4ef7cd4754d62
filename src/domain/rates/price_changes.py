"""What changed between two markets of one exchange, and which markets decide a route."""

from collections.abc import Set as AbstractSet
from itertools import compress
from operator import ne

from domain.currency import Currency
from domain.rates.book_tickers import BookTickers, Prices
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.routing import DIRECT

THROUGH_ONE = 2


def changed_symbols(before: BookTickers, after: BookTickers) -> AbstractSet[str]:
    """Return the symbols whose best prices differ, that are listed on one side only, or that are held back on one."""
    return _repriced(before.by_symbol, after.by_symbol) | (before.held_back.keys() ^ after.held_back.keys())


def _repriced(before: Prices, after: Prices) -> AbstractSet[str]:
    if before.symbols == after.symbols:  # nearly always
        bids = compress(after.symbols, map(ne, before.bids, after.bids))
        return {*bids, *compress(after.symbols, map(ne, before.asks, after.asks))}
    rows = set(zip(before.symbols, before.bids, before.asks, strict=True))
    return {
        symbol for symbol, _, _ in rows.symmetric_difference(zip(after.symbols, after.bids, after.asks, strict=True))
    }


def deciding_symbols(
    market: MarketSnapshot, currency_from: Currency, currency_to: Currency, legs: int
) -> AbstractSet[str] | None:
    """Return the symbols on which it depends whether a tight route of `legs` legs remains the best; None for any.

    A route of one leg is beaten by another market of the same pair only. One of two legs is beaten by others of at most
    two, each leg of which trades one of the two ends.
    """
    instruments = market.instruments
    if legs == DIRECT:
        return frozenset(instruments.between(currency_from, currency_to))
    if legs > THROUGH_ONE:
        return None
    ends = instruments.listed_as(currency_from), instruments.listed_as(currency_to)
    firsts = {symbol for end in ends for symbol in instruments.pairs.neighbours.get(end, {}).values()}
    return {each for first in firsts for each in instruments.pairs.parallel.get(first, (first,))}
