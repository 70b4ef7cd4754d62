"""One exchange's tradable pairs and their books at one moment."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from domain.book import TopOfBook
from domain.currency import Currency
from domain.errors import InvalidBook, NothingTradable, RefusedInput
from domain.pair import Pair

_NONE: Mapping[Currency, tuple["Instrument", ...]] = {}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A tradable pair under the exchange's own symbol, which is never taken apart: TUSDT is T/USDT."""

    symbol: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Listing:
    """What one exchange lets be traded now.

    `instruments` holds tradable pairs only. `observed_at` is in Unix seconds, taken before the fetch was sent.
    """

    exchange: str
    instruments: tuple[Instrument, ...]
    observed_at: float
    _neighbours: Mapping[Currency, Mapping[Currency, tuple[Instrument, ...]]] = field(
        init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_neighbours", _indexed(self.instruments))

    @classmethod
    def of(
        cls,
        exchange: str,
        rows: Iterable[tuple[str, str, str]],
        observed_at: float,
        halted: Iterable[tuple[str, str, str]] = (),
    ) -> Self:
        """Build it from an exchange's own (symbol, base, quote) of its tradable pairs.

        Rows that cannot be traded under a ticker are left out. `halted` holds the pairs that are listed but cannot be
        traded now: their tickers are taken all the same. Raises `NothingTradable` when no row is left.
        """
        rows = list(rows)
        respelled = _respelled([*rows, *halted])
        instruments: dict[str, Instrument] = {}
        for symbol, base, quote in rows:
            if base in respelled or quote in respelled or symbol in instruments:
                continue
            try:
                instruments[symbol] = Instrument(symbol, Pair(Currency(base), Currency(quote)))
            except RefusedInput:
                continue
        if not instruments:
            raise NothingTradable("nothing is listed as trading")
        return cls(exchange, tuple(instruments.values()), observed_at)

    def lists(self, currency: Currency) -> bool:
        """Tell whether any tradable pair has this currency, as base or as quote."""
        return currency in self._neighbours

    def neighbours(self, currency: Currency) -> Mapping[Currency, tuple[Instrument, ...]]:
        """Return every currency that trades directly against this one, with the instruments that do it."""
        return self._neighbours.get(currency, _NONE)

    def between(self, one: Currency, other: Currency) -> tuple[Instrument, ...]:
        """Return the instruments that trade the two against each other, either way round: mostly one or none."""
        return self.neighbours(one).get(other, ())


@dataclass(frozen=True, slots=True)
class Books:
    """The sane books of one exchange by symbol; a symbol without one has no entry.

    `observed_at` is in Unix seconds, taken before the fetch was sent.
    """

    exchange: str
    by_symbol: Mapping[str, TopOfBook]
    observed_at: float
    _costs: dict[str, float] = field(init=False, repr=False, compare=False, default_factory=dict)

    def cost(self, symbol: str) -> float:
        """Return about ask/bid of the symbol's book, infinity where there is none.

        It is kept, since a search looks at the same few hubs again and again; only exact comparison settles ties.
        """
        cost = self._costs.get(symbol)
        if cost is None:
            book = self.by_symbol.get(symbol)
            cost = math.inf if book is None else float(book.ask) / float(book.bid)
            if book is not None:  # bounded by the books there are
                self._costs[symbol] = cost
        return cost

    def about_mid(self, symbol: str) -> float:
        """Return about the middle of the symbol's book, NaN where there is none."""
        book = self.by_symbol.get(symbol)
        return math.nan if book is None else (float(book.bid) + float(book.ask)) / 2

    @classmethod
    def of(cls, exchange: str, rows: Iterable[tuple[str, str, str]], observed_at: float) -> Self:
        """Build them from an exchange's own (symbol, bid, ask), prices as decimal strings.

        Rows without a sane book are left out. Raises `NothingTradable` when none is left.
        """
        by_symbol: dict[str, TopOfBook] = {}
        for symbol, bid, ask in rows:
            try:
                by_symbol[symbol] = TopOfBook.parse(bid, ask)
            except InvalidBook:
                continue
        if not by_symbol:
            raise NothingTradable("no symbol has a sane book")
        return cls(exchange, by_symbol, observed_at)


@dataclass(frozen=True, slots=True)
class Market:
    """One exchange's listing joined with its books on the symbol. Only what is in both can be traded."""

    listing: Listing
    books: Books


def _respelled(rows: Iterable[tuple[str, str, str]]) -> set[str]:
    """Return the tickers that cannot bear the name that upper-casing gives them, because another coin may.

    KuCoin lists LYXe: it is LYXE here, but only while nothing else there is spelled LYXE, or lyxE.
    """
    tickers = {ticker for _, base, quote in rows for ticker in (base, quote)}
    lower = [ticker for ticker in tickers if ticker != ticker.upper()]
    names = Counter(ticker.upper() for ticker in lower)
    return {ticker for ticker in lower if ticker.upper() in tickers or names[ticker.upper()] > 1}


def _indexed(
    instruments: Iterable[Instrument],
) -> Mapping[Currency, Mapping[Currency, tuple[Instrument, ...]]]:
    neighbours: dict[Currency, dict[Currency, tuple[Instrument, ...]]] = {}
    for instrument in instruments:
        base, quote = instrument.pair.base, instrument.pair.quote
        of_base = neighbours.setdefault(base, {})
        of_quote = neighbours.setdefault(quote, {})
        of_base[quote] = of_quote[base] = (*of_base.get(quote, ()), instrument)
    return neighbours
