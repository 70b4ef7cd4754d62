"""Thousands of books in columns, validated in bulk: as strictly as one by one, and many times faster."""

import math
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress, repeat
from operator import add, mul
from typing import Self

from domain.rates.book import HIGHEST_PRICE, LOWEST_PRICE, MAX_PRICE_CHARACTERS, TopOfBook
from domain.rates.errors import InvalidBook, NothingTradable

# Parsing to a float rounds but keeps the order, so prices that differ as floats really differ. Only prices that are
# equal as floats, to each other or to a bound, are compared as decimals.
_LOWEST, _HIGHEST = float(LOWEST_PRICE), float(HIGHEST_PRICE)

_PLAIN_CHARACTERS = b"0123456789.\n"

_DEAD = 0.0

# The approximate ask/bid of each row, 0 for what `TopOfBook.parse` would reject, and its approximate bid + ask.
_Checked = tuple[list[float], list[float]]

Row = tuple[str, str, str]

# A group of at most this size is checked row by row if one of its rows is irregular.
MAX_ROWS_ONE_BY_ONE = 8

# Checking so many takes about a quarter of a millisecond.
ROWS_PER_STEP = 250


class Costs(dict[str, float]):
    """Approximate ask/bid by symbol, 1 or more; infinity without a book. Ties need an exact comparison."""

    __slots__ = ()

    def __missing__(self, symbol: str) -> float:
        """Answer for a symbol without a book."""
        return math.inf


class Prices(Mapping[str, TopOfBook]):
    """The sane books among rows of (symbol, bid, ask), by symbol; a symbol without one has no entry.

    Prices stay decimal strings until a book is used: only a handful of thousands ever is.
    Raises `NothingTradable` when no book is sane.
    """

    __slots__ = ("_positions", "_read", "approximate_mids", "asks", "bids", "costs", "symbols")

    def __init__(self, symbols: Sequence[str], bids: Sequence[str], asks: Sequence[str]) -> None:
        """Check the rows, given in columns. Raises `ValueError` when these are not of the same length."""
        for _ in self._check(symbols, bids, asks):
            pass

    @classmethod
    def in_steps(
        cls, symbols: Sequence[str], bids: Sequence[str], asks: Sequence[str]
    ) -> Generator[None, None, "Prices"]:
        """Build it in steps of less than half a millisecond, between which the caller can yield."""
        prices = cls.__new__(cls)
        yield from prices._check(symbols, bids, asks)  # noqa: SLF001 -- its own
        return prices

    def _check(self, symbols: Sequence[str], bids: Sequence[str], asks: Sequence[str]) -> Generator[None, None, None]:
        if not len(symbols) == len(bids) == len(asks):
            raise ValueError("columns of different lengths")
        costs: list[float] = []
        sums: list[float] = []
        yield  # the caller has just made the columns
        for start in range(0, len(bids), ROWS_PER_STEP):
            some_costs, some_sums = _checked(bids[start : start + ROWS_PER_STEP], asks[start : start + ROWS_PER_STEP])
            costs += some_costs
            sums += some_sums
            yield
        self.symbols = list(compress(symbols, costs))
        self.bids = list(compress(bids, costs))
        self.asks = list(compress(asks, costs))
        self.approximate_mids = list(map(mul, compress(sums, costs), repeat(0.5)))
        if not self.symbols:
            raise NothingTradable("no symbol has a sane book")
        yield
        self.costs = Costs(zip(self.symbols, filter(None, costs), strict=True))
        yield
        self._positions = dict(zip(self.symbols, range(len(self.symbols)), strict=True))
        self._read: dict[str, TopOfBook] = {}
        yield

    def patched_in_steps(self, rows: Sequence[Row]) -> Generator[None, None, "Prices"]:
        """Return these prices with other ones for the symbols of these rows, all of which have a price here.

        A row without a sane book changes nothing. Fast: columns are copied, and only these rows are checked, in steps
        of less than half a millisecond, between which the caller can yield.
        """
        prices = type(self).__new__(type(self))
        prices.symbols, prices._positions = self.symbols, self._positions  # noqa: SLF001 -- its own, never changed
        prices._read = dict(self._read)  # noqa: SLF001 -- its own
        prices.bids, prices.asks = list(self.bids), list(self.asks)
        prices.approximate_mids, prices.costs = list(self.approximate_mids), Costs(self.costs)
        for start in range(0, len(rows), ROWS_PER_STEP):
            if start:
                yield
            prices._patch(rows[start : start + ROWS_PER_STEP])  # noqa: SLF001 -- its own
        return prices

    def _patch(self, rows: Sequence[Row]) -> None:
        symbols, new_bids, new_asks = [], [], []
        for symbol, bid, ask in rows:
            symbols.append(symbol)
            new_bids.append(bid)
            new_asks.append(ask)
        new_costs, sums = _checked(new_bids, new_asks)
        bids, asks, mids, costs = self.bids, self.asks, self.approximate_mids, self.costs
        positions, read = self._positions, self._read
        for symbol, bid, ask, cost, total in zip(symbols, new_bids, new_asks, new_costs, sums, strict=True):
            if cost:
                position = positions[symbol]
                bids[position], asks[position], mids[position], costs[symbol] = bid, ask, 0.5 * total, cost
                read.pop(symbol, None)

    def __getitem__(self, symbol: str) -> TopOfBook:
        """Return the book, parsed on first use."""
        book = self._read.get(symbol)
        if book is None:
            position = self._positions[symbol]
            book = self._read[symbol] = TopOfBook.parse(self.bids[position], self.asks[position])
        return book

    def approximate_mid(self, symbol: str) -> float:
        """Return the approximate mid of the symbol's book without parsing it; NaN without a book."""
        position = self._positions.get(symbol)
        return math.nan if position is None else self.approximate_mids[position]

    def __contains__(self, symbol: object) -> bool:
        """Return whether the symbol has a sane book, without parsing it."""
        return symbol in self._positions

    def __iter__(self) -> Iterator[str]:
        """Iterate over the symbols in their original order."""
        return iter(self._positions)

    def __len__(self) -> int:
        """Return the number of sane books."""
        return len(self._positions)


def _checked(bids: Sequence[str], asks: Sequence[str]) -> _Checked:
    if _are_plain(bids) and _are_plain(asks):
        try:
            return _checked_plain(bids, asks)
        except ValueError:  # 1.2.3
            pass
    if len(bids) <= MAX_ROWS_ONE_BY_ONE:
        rows = [_checked_row(bid, ask) for bid, ask in zip(bids, asks, strict=True)]
        return [cost for cost, _ in rows], [total for _, total in rows]
    half = len(bids) // 2  # so that a few irregular prices do not slow down all others
    costs, sums = _checked(bids[:half], asks[:half])
    more_costs, more_sums = _checked(bids[half:], asks[half:])
    return costs + more_costs, sums + more_sums


def _are_plain(prices: Sequence[str]) -> bool:
    """Return whether all consist of digits and inner points only: float() accepts more, such as "1_0" and "nan".

    A price with several points passes here, and float() rejects it.
    """
    joined = "\n".join(("", *prices, "")).encode(errors="replace")
    is_irregular = (
        b"\n\n" in joined or b"\n." in joined or b".\n" in joined or joined.translate(None, _PLAIN_CHARACTERS)
    )
    return not is_irregular and max(map(len, prices), default=0) <= MAX_PRICE_CHARACTERS


def _checked_plain(bids: Sequence[str], asks: Sequence[str]) -> _Checked:
    lows, highs = list(map(float, bids)), list(map(float, asks))
    costs = [
        high / low
        if _LOWEST < low < high < _HIGHEST
        else (_checked_row(bid, ask)[0] if _LOWEST <= low <= high <= _HIGHEST else _DEAD)
        for low, high, bid, ask in zip(lows, highs, bids, asks, strict=True)
    ]
    return costs, list(map(add, lows, highs))


def _checked_row(bid: str, ask: str) -> tuple[float, float]:
    try:
        book = TopOfBook.parse(bid, ask)
    except InvalidBook:
        return _DEAD, _DEAD
    low, high = float(book.bid), float(book.ask)
    return high / low, low + high


@dataclass(frozen=True, slots=True)
class BookTickers:
    """The sane books of one exchange by symbol; a symbol without one has no entry.

    `observed_at` is in Unix seconds: taken before the fetch was sent, or `lag_seconds` before that where the source
    says that its answer is so old. `held_back` are the symbols whose price jumped and is not confirmed yet, with their
    approximate mids before that: their books must not be used. `older` are the symbols whose books were observed
    earlier than all others, and when: of a stream that no longer brings them, for instance. `is_partial` if symbols
    were left out since their books are too old.
    """

    exchange: str
    by_symbol: Prices = field(repr=False)
    observed_at: float
    lag_seconds: float = 0.0
    held_back: Mapping[str, float] = field(repr=False, default_factory=dict)
    older: Mapping[str, float] = field(repr=False, default_factory=dict)
    is_partial: bool = False

    def observed_at_of(self, symbol: str) -> float:
        """Return when this symbol's book was observed, in Unix seconds."""
        return self.older.get(symbol, self.observed_at) if self.older else self.observed_at

    def since(self, not_before: float) -> "BookTickers | None":
        """Return only the books observed at or after a moment, in Unix seconds; None if there are none."""
        prices = self.by_symbol
        kept = [self.observed_at_of(symbol) >= not_before for symbol in prices.symbols]
        if all(kept):
            return self
        if not any(kept):
            return None
        columns = (list(compress(column, kept)) for column in (prices.symbols, prices.bids, prices.asks))
        return replace(self, by_symbol=Prices(*columns), is_partial=True)

    @property
    def fetched_at(self) -> float:
        """The moment before the fetch was sent, in Unix seconds."""
        return self.observed_at + self.lag_seconds

    @classmethod
    def of(cls, exchange: str, rows: Iterable[Row], observed_at: float) -> Self:
        """Build from rows of (symbol, bid, ask) with prices as decimal strings.

        Rows without a sane book are left out. Raises `NothingTradable` if none is left.
        """
        rows = list(rows)
        symbols, bids, asks = ([row[column] for row in rows] for column in range(3))
        return cls(exchange, Prices(symbols, bids, asks), observed_at)
