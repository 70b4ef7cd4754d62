"""One exchange's tradable pairs and their books at one moment."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from domain.currency import Currency
from domain.pair import Pair
from domain.pairs import Pairs, Row, pairs_of
from domain.prices import Costs, Prices

_NONE: Mapping[Currency, str] = {}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A tradable pair under the exchange's own symbol, which is never taken apart: TUSDT is T/USDT."""

    symbol: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Listing:
    """What one exchange lets be traded now: `pairs` and nothing else.

    `observed_at` is in Unix seconds, taken before the fetch was sent.
    """

    exchange: str
    pairs: Pairs = field(repr=False)
    observed_at: float

    @classmethod
    def of(cls, exchange: str, rows: Iterable[Row], observed_at: float, halted: Iterable[Row] = ()) -> Self:
        """Build it from an exchange's own (symbol, base, quote) of its tradable pairs.

        Rows that cannot be traded under a ticker are left out. `halted` holds the pairs that are listed but cannot be
        traded now: their tickers are taken all the same. Raises `NothingTradable` when no row is left.
        """
        return cls(exchange, pairs_of(tuple(rows), tuple(halted)), observed_at)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        """All tradable pairs, in the exchange's order."""
        return tuple(Instrument(symbol, Pair(*ends)) for symbol, ends in self.pairs.ends.items())

    def lists(self, currency: Currency) -> bool:
        """Tell whether any tradable pair has this currency, as base or as quote."""
        return currency in self.pairs.neighbours

    def neighbours(self, currency: Currency) -> Mapping[Currency, str]:
        """Return every currency that trades directly against this one, with the symbol of the first pair that does."""
        return self.pairs.neighbours.get(currency, _NONE)

    def between(self, one: Currency, other: Currency) -> tuple[str, ...]:
        """Return the symbols that trade the two against each other, either way round: mostly one or none."""
        symbol = self.neighbours(one).get(other)
        return () if symbol is None else self.pairs.parallel.get(symbol, (symbol,))


@dataclass(frozen=True, slots=True)
class Books:
    """The sane books of one exchange by symbol; a symbol without one has no entry.

    `observed_at` is in Unix seconds, taken before the fetch was sent.
    """

    exchange: str
    by_symbol: Prices = field(repr=False)
    observed_at: float

    @classmethod
    def of(cls, exchange: str, rows: Iterable[Row], observed_at: float) -> Self:
        """Build them from an exchange's own (symbol, bid, ask), prices as decimal strings.

        Rows without a sane book are left out. Raises `NothingTradable` when none is left.
        """
        rows = list(rows)
        symbols, bids, asks = ([row[column] for row in rows] for column in range(3))
        return cls.of_columns(exchange, symbols, bids, asks, observed_at)

    @classmethod
    def of_columns(
        cls, exchange: str, symbols: Sequence[str], bids: Sequence[str], asks: Sequence[str], observed_at: float
    ) -> Self:
        """Build them from columns, as `of` does from rows."""
        return cls(exchange, Prices(symbols, bids, asks), observed_at)


@dataclass(frozen=True, slots=True, eq=False)
class Market:
    """One exchange's listing joined with its books on the symbol. Only what is in both can be traded.

    It equals itself only: routes are compared and remembered by it, and thousands of books are not to be looked at.

    Where several symbols stand for one pair, it goes by the first of them here too: `tightest` names the symbol to
    trade by, and `costs` tells that one's cost, if any of them has a book.
    """

    listing: Listing
    books: Books
    tightest: Mapping[str, str] = field(init=False, repr=False, compare=False)
    costs: Costs = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        prices, parallel = self.books.by_symbol, self.listing.pairs.parallel
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
