"""One exchange's market at one moment: its tradable pairs joined with their books."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.rates.book_tickers import BookTickers, Costs, Prices
from domain.rates.instruments import Instruments


@dataclass(frozen=True, slots=True, eq=False)
class MarketSnapshot:
    """One exchange's instruments and books, joined by symbol. Only what is in both can be traded.

    Snapshots compare by identity: routes are compared and cached by snapshot, and comparing thousands of books would
    be slow.

    If several symbols trade one pair, `tightest` maps the first of them to the one with the smallest spread, and
    `costs` holds that one's cost under the first symbol.
    """

    instruments: Instruments
    book_tickers: BookTickers
    tightest: Mapping[str, str] = field(init=False, repr=False, compare=False)
    costs: Costs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prices, parallel = self.book_tickers.by_symbol, self.instruments.pairs.parallel
        tightest = {first: _tightest(symbols, prices) for first, symbols in parallel.items()}
        tightest = {first: symbol for first, symbol in tightest.items() if symbol in prices}
        costs = prices.costs
        if tightest:  # usually empty, and then nothing is copied
            costs = Costs(costs | {first: costs[symbol] for first, symbol in tightest.items()})
        object.__setattr__(self, "tightest", tightest)
        object.__setattr__(self, "costs", costs)


def _tightest(symbols: Iterable[str], prices: Prices) -> str:
    """Return the symbol with the smallest exact ask/bid; the alphabetically first of equal ones."""
    tightest, *others = sorted(symbols, key=lambda symbol: (symbol not in prices, symbol))
    for symbol in others:
        if symbol in prices and prices[symbol].is_tighter_than(prices[tightest]):
            tightest = symbol
    return tightest
