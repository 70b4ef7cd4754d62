"""The pairs that trade on one exchange, indexed by currency."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Self

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.pair import Pair
from domain.rates.errors import NothingTradable
from domain.rates.trading_rules import NO_RULES, TradingRules

Row = tuple[str, str, str]

# For a few exchanges: the rows as fetched and as cached, and the previous versions of both.
CACHE_SIZE = 8


@dataclass(frozen=True, slots=True)
class Pairs:
    """Tradable pairs by the exchange's own symbols, which are never split into currencies: TUSDT is T/USDT.

    `rows` holds (symbol, base, quote) as the exchange spells them, `ends` maps symbols to (base, quote).
    `neighbours[one][other]` is the symbol that trades the two. If there are several, it is the first of them, and
    `parallel` maps that one to all.
    """

    rows: tuple[Row, ...]
    ends: Mapping[str, tuple[Currency, Currency]]
    neighbours: Mapping[Currency, Mapping[Currency, str]]
    parallel: Mapping[str, tuple[str, ...]]


@lru_cache(CACHE_SIZE)
def pairs_of(rows: tuple[Row, ...], halted: tuple[Row, ...]) -> Pairs:
    """Index the rows (symbol, base, quote) that can be traded under a ticker. Raises `NothingTradable`.

    A listing rarely changes but is fetched again and again, so equal rows are indexed only once.
    """
    currencies = _currencies((*rows, *halted))
    ends: dict[str, tuple[Currency, Currency]] = {}
    kept = []
    for row in rows:
        symbol, base, quote = row[0], currencies.get(row[1]), currencies.get(row[2])
        if base is not None and quote is not None and base != quote and symbol not in ends:
            ends[symbol] = base, quote
            kept.append(row)
    if not kept:
        raise NothingTradable("nothing is listed as trading")
    return Pairs(tuple(kept), ends, *_indexed(ends))


def _currencies(rows: Iterable[Row]) -> dict[str, Currency]:
    """Map tickers to currencies, leaving out those that are invalid or ambiguous."""
    spelled = {ticker for _, base, quote in rows for ticker in (base, quote)}
    ambiguous = _ambiguous(spelled)
    currencies = {}
    for ticker in spelled - ambiguous:
        try:
            currencies[ticker] = Currency(ticker)
        except InvalidInput:
            continue
    return currencies


def _ambiguous(tickers: set[str]) -> set[str]:
    """Return the tickers whose upper-cased spelling may mean another coin.

    KuCoin lists LYXe: it is LYXE here, but only while nothing else there is spelled LYXE, or lyxE.
    """
    lower = [ticker for ticker in tickers if ticker != ticker.upper()]
    names = Counter(ticker.upper() for ticker in lower)
    return {ticker for ticker in lower if ticker.upper() in tickers or names[ticker.upper()] > 1}


def _indexed(
    ends: Mapping[str, tuple[Currency, Currency]],
) -> tuple[dict[Currency, dict[Currency, str]], dict[str, tuple[str, ...]]]:
    neighbours: dict[Currency, dict[Currency, str]] = {}
    parallel: dict[str, tuple[str, ...]] = {}
    for symbol, (base, quote) in ends.items():
        first = neighbours.setdefault(base, {}).setdefault(quote, symbol)
        neighbours.setdefault(quote, {}).setdefault(base, symbol)
        if first != symbol:
            parallel[first] = (*parallel.get(first, (first,)), symbol)
    return neighbours, parallel


def _unambiguous(aliases: Iterable[tuple[str, str]], rows: Iterable[Row]) -> dict[Currency, Currency]:
    """Return the second names that mean one ticker each and are no ticker themselves, in any case."""
    tickers = {ticker.upper() for _, base, quote in rows for ticker in (base, quote)}
    meant = Counter(alias.upper() for alias, _ in aliases)
    kept = {}
    for alias, ticker in aliases:
        if alias.upper() not in tickers and meant[alias.upper()] == 1:
            try:
                kept[Currency(alias)] = Currency(ticker)
            except InvalidInput:
                continue
    return kept


_NO_NEIGHBOURS: Mapping[Currency, str] = {}
_NO_RULES: Mapping[str, TradingRules] = {}


@dataclass(frozen=True, slots=True)
class Instrument:
    """A tradable pair with the exchange's own symbol and its trading rules."""

    symbol: str
    pair: Pair
    rules: TradingRules


@dataclass(frozen=True, slots=True)
class Instruments:
    """The pairs that trade on one exchange now, and their rules.

    `observed_at` is in Unix seconds: taken before the fetch was sent, or `lag_seconds` before that if the source says
    that its answer is so old. `rules` maps symbols to trading rules, as far as the exchange publishes them.
    `Instrument` objects are created on demand. `aliases` maps second names that the exchange itself gives to the
    currencies that they mean.
    """

    exchange: str
    pairs: Pairs = field(repr=False)
    observed_at: float
    rules: Mapping[str, TradingRules] = field(repr=False, default_factory=dict)
    lag_seconds: float = 0.0
    aliases: Mapping[Currency, Currency] = field(repr=False, default_factory=dict)

    @property
    def fetched_at(self) -> float:
        """The moment before the fetch was sent, in Unix seconds."""
        return self.observed_at + self.lag_seconds

    @classmethod
    def of(
        cls,
        exchange: str,
        rows: Iterable[Row],
        observed_at: float,
        *,
        halted: Iterable[Row] = (),
        rules: Mapping[str, TradingRules] = _NO_RULES,
        aliases: Iterable[tuple[str, str]] = (),
    ) -> Self:
        """Build from the rows (symbol, base, quote) of the tradable pairs, as the exchange spells them.

        Rows with invalid or ambiguous tickers are left out. `halted` holds pairs that are listed but do not trade now;
        their tickers can still make others ambiguous. `aliases` are (second name, ticker); a second name of several
        tickers, or one that is a ticker itself, is left out. Raises `NothingTradable` if no row is left.
        """
        rows, halted, aliases = tuple(rows), tuple(halted), set(aliases)
        pairs = pairs_of(rows, halted)
        known = _unambiguous(aliases, (*rows, *halted)) if aliases else {}
        return cls(exchange, pairs, observed_at, rules, aliases=known)

    def instrument(self, symbol: str) -> Instrument:
        """Return the tradable pair of this symbol. Raises `KeyError` if there is none."""
        return Instrument(symbol, Pair(*self.pairs.ends[symbol]), self.rules.get(symbol, NO_RULES))

    def __iter__(self) -> Iterator[Instrument]:
        """Iterate over all tradable pairs, in the exchange's order."""
        return map(self.instrument, self.pairs.ends)

    def __len__(self) -> int:
        """Return the number of tradable pairs."""
        return len(self.pairs.ends)

    def lists(self, currency: Currency) -> bool:
        """Return whether any tradable pair has this currency, as base or as quote, by this name or a second one."""
        neighbours = self.pairs.neighbours
        # Not by `named`: a batch of unknown names asks many thousands of times.
        return currency in neighbours or (bool(self.aliases) and self.aliases.get(currency) in neighbours)

    def named(self, currency: Currency) -> Currency:
        """Return the exchange's own ticker of what may be a second name."""
        return self.aliases.get(currency, currency)

    def neighbours(self, currency: Currency) -> Mapping[Currency, str]:
        """Map every currency that trades directly against this one to the symbol of the first such pair."""
        return self.pairs.neighbours.get(currency, _NO_NEIGHBOURS)

    def between(self, one: Currency, other: Currency) -> tuple[str, ...]:
        """Return the symbols that trade the two against each other, either way round: usually one or none."""
        symbol = self.neighbours(self.named(one)).get(self.named(other))
        return () if symbol is None else self.pairs.parallel.get(symbol, (symbol,))
