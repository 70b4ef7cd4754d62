"""One exchange's market at one moment: its tradable pairs joined with their books."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from domain.rates.book_tickers import BookTickers, Costs, Prices
from domain.rates.instruments import Instruments
from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds, wider_than


@dataclass(frozen=True, slots=True, eq=False)
class MarketSnapshot:
    """One exchange's instruments and books, joined by symbol. Only what is in both can be traded.

    Snapshots compare by identity: routes are compared and cached by snapshot, and comparing thousands of books would
    be slow.

    `unpriced` are the symbols whose spread is too wide for a price, or whose price is held back. `costs` holds all
    others, and `tight_costs` those that are not wide: the same object if none is.

    If several symbols trade one pair, `tightest` maps the first of them to the one with the smallest spread, and the
    costs hold that one's under the first symbol.
    """

    instruments: Instruments
    book_tickers: BookTickers
    spread_bounds: SpreadBounds = NO_SPREAD_BOUNDS
    unpriced: frozenset[str] = field(init=False, repr=False, compare=False)
    tightest: Mapping[str, str] = field(init=False, repr=False, compare=False)
    costs: Costs = field(init=False, repr=False, compare=False)
    tight_costs: Costs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prices, parallel = self.book_tickers.by_symbol, self.instruments.pairs.parallel
        held_back = self.book_tickers.held_back
        tightest = {first: _tightest(symbols, prices, held_back) for first, symbols in parallel.items()}
        tightest = {first: symbol for first, symbol in tightest.items() if symbol in prices}
        unpriced = frozenset(wider_than(self.spread_bounds.max_percent, prices)).union(held_back)
        wide = unpriced.union(wider_than(self.spread_bounds.wide_percent, prices))
        costs = _costs(prices.costs, tightest, without=unpriced)
        object.__setattr__(self, "unpriced", unpriced)
        object.__setattr__(self, "tightest", tightest)
        object.__setattr__(self, "costs", costs)
        is_all_tight = len(wide) == len(unpriced)
        object.__setattr__(self, "tight_costs", costs if is_all_tight else _costs(prices.costs, tightest, without=wide))


def _costs(costs: Costs, tightest: Mapping[str, str], without: Collection[str]) -> Costs:
    if not tightest and not without:  # as it often is, and then nothing is copied
        return costs
    kept = Costs(costs)
    for symbol in without:
        kept.pop(symbol, None)
    for first, symbol in tightest.items():
        if symbol in kept:
            kept[first] = kept[symbol]
    return kept


def _tightest(symbols: Iterable[str], prices: Prices, held_back: Collection[str]) -> str:
    """Return the symbol with the smallest exact ask/bid; the alphabetically first of equal ones."""

    def is_usable(symbol: str) -> bool:
        return symbol in prices and symbol not in held_back

    tightest, *others = sorted(symbols, key=lambda symbol: (not is_usable(symbol), symbol))
    for symbol in others:
        if is_usable(symbol) and prices[symbol].is_tighter_than(prices[tightest]):
            tightest = symbol
    return tightest
