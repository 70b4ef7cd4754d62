"""One exchange's market at one moment: its tradable pairs joined with their books."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.rates.book_tickers import BookTickers, Costs, Prices
from domain.rates.instruments import Instruments


@dataclass(frozen=True, slots=True, eq=False)
class MarketSnapshot:
    """One exchange's listing joined with its books on the symbol. Only what is in both can be traded.

    It equals itself only: routes are compared and remembered by it, and thousands of books are not to be looked at.

    Where several symbols stand for one pair, it goes by the first of them here too: `tightest` names the symbol to
    trade by, and `costs` tells that one's cost, if any of them has a book.
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
        if tightest:  # mostly there is none, and nothing to copy
            costs = Costs(costs | {first: costs[symbol] for first, symbol in tightest.items()})
        object.__setattr__(self, "tightest", tightest)
        object.__setattr__(self, "costs", costs)


def _tightest(symbols: Iterable[str], prices: Prices) -> str:
    """Return the symbol of the smallest ask/bid, exactly, and of equal ones the first by the alphabet."""
    tightest, *others = sorted(symbols, key=lambda symbol: (symbol not in prices, symbol))
    for symbol in others:
        if symbol in prices and prices[symbol].is_tighter_than(prices[tightest]):
            tightest = symbol
    return tightest
