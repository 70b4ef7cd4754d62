"""Prices that jump: which ones must be confirmed, and by what, before they are used.

Prices are approximate mids: whether a price within a billionth of the bound counts as a jump makes no difference.
"""

from collections.abc import Generator, Iterable, Mapping, Sequence
from operator import truediv

from domain.rates.book_tickers import Prices

ROWS_PER_STEP = 1000


def are_apart(one: float, other: float, percent: float) -> bool:
    """Tell whether the higher price exceeds the lower by more than `percent` of the lower."""
    low, high = (one, other) if one < other else (other, one)
    return high > low * (1 + percent / 100)


def jumped(prices: Prices, known: Mapping[str, float], percent: float) -> list[str]:
    """Return the symbols whose price is apart from the known one; a symbol without one has not jumped."""
    steps = jumped_in_steps(prices, known, percent)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: list[str] = end.value
            return found


def jumped_in_steps(prices: Prices, known: Mapping[str, float], percent: float) -> Generator[None, None, list[str]]:
    """Return the same, in steps of about a quarter of a millisecond."""
    found: list[str] = []
    for start in range(0, len(prices.symbols), ROWS_PER_STEP):
        if start:
            yield
        end = start + ROWS_PER_STEP
        found += _jumped(prices.symbols[start:end], prices.approximate_mids[start:end], known, percent)
    return found


def _jumped(symbols: Sequence[str], mids: Sequence[float], known: Mapping[str, float], percent: float) -> list[str]:
    ratios = list(map(truediv, mids, map(known.get, symbols, mids)))  # in C: thousands, every few seconds
    highest = 1 + percent / 100
    if max(ratios) <= highest and min(ratios) * highest >= 1:
        return []
    suspects = (position for position, ratio in enumerate(ratios) if not 1 / highest <= ratio <= highest)
    return [symbols[position] for position in suspects if are_apart(mids[position], known[symbols[position]], percent)]


def unknown(prices: Prices, known: Mapping[str, float]) -> list[str]:
    """Return the symbols that no price is known of."""
    return [symbol for symbol in prices.symbols if symbol not in known]


def is_confirmed(mid: float, witnesses: Iterable[float], percent: float) -> bool:
    """Tell whether any witness names about the same price: an earlier look, or another exchange."""
    return any(not are_apart(mid, witness, percent) for witness in witnesses)
