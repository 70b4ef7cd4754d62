"""How wide a spread may be. A spread is (ask - bid) / mid, here in percent, and always below 200."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from domain.rates.book_tickers import Prices

# Costs this close to a bound, as floats, are compared again exactly: a float's own error is far smaller.
FLOAT_DOUBT = 1e-12

_OFF = Decimal(0)


@dataclass(frozen=True, slots=True)
class SpreadBounds:
    """A spread beyond `max_percent` is no price, one beyond `wide_percent` a last resort; 0 stands for no bound."""

    max_percent: Decimal = _OFF
    wide_percent: Decimal = _OFF


NO_SPREAD_BOUNDS = SpreadBounds()


def wider_than(percent: Decimal, prices: Prices) -> Iterator[str]:
    """Find the symbols whose spread exceeds `percent`; none for 0."""
    if percent == _OFF:
        return
    limit = _highest_cost(percent)
    no_doubt, all_doubt = limit * (1 + FLOAT_DOUBT), limit * (1 - FLOAT_DOUBT)
    suspects = [item for item in prices.costs.items() if item[1] > all_doubt]
    for symbol, cost in suspects:
        if cost > no_doubt or prices[symbol].spread_exceeds(percent):
            yield symbol


def _highest_cost(percent: Decimal) -> float:
    """Return the ask/bid at which the spread is `percent`: ask - bid = s (ask + bid) / 2, so (2 + s) / (2 - s)."""
    spread = float(percent) / 100
    return (2 + spread) / (2 - spread) if spread < 2 else math.inf
