"""The pairs that trade on one exchange, indexed by currency."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Self

from domain.currency import Currency
from domain.decimals import EXACT
from domain.errors import InvalidInput
from domain.pair import Pair
from domain.rates.errors import NothingTradable
from domain.rates.second_names import given_names, scaled_names, second_names
from domain.rates.tickers import meanings, token_of, units_of
from domain.rates.trading_rules import NO_RULES, TradingRules

Row = tuple[str, str, str]

# For a few exchanges: the rows as fetched and as cached, and the previous versions of both.
CACHE_SIZE = 8

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Tradable pairs by the exchange's own symbols, which are never split into currencies: TUSDT is T/USDT.

    `rows` holds (symbol, base, quote) as the exchange spells them, `ends` maps symbols to (base, quote) by their names
    here: the table of tickers says which those are.
    `neighbours[one][other]` is the symbol that trades the two. If there are several, it is the first of them, and
    `parallel` maps that one to all.
    """

    rows: tuple[Row, ...]
    names: Mapping[str, Currency]
    ends: Mapping[str, tuple[Currency, Currency]]
    neighbours: Mapping[Currency, Mapping[Currency, str]]
    parallel: Mapping[str, tuple[str, ...]]


@lru_cache(CACHE_SIZE)
def pairs_of(rows: tuple[Row, ...], halted: tuple[Row, ...], renamed: tuple[tuple[str, str], ...]) -> Pairs:
    """Index the rows (symbol, base, quote) that can be traded under a ticker. Raises `NothingTradable`.

    `renamed` has the tickers whose names here are others. A listing rarely changes but is fetched again and again, so
    equal rows are indexed only once.
    """
    spelled = {ticker for _, base, quote in (*rows, *halted) for ticker in (base, quote)}
    currencies = currencies_of(spelled, dict(renamed))
    ends: dict[str, tuple[Currency, Currency]] = {}
    kept = []
    for row in rows:
        symbol, base, quote = row[0], currencies.get(row[1]), currencies.get(row[2])
        if base is not None and quote is not None and base != quote and symbol not in ends:
            ends[symbol] = base, quote
            kept.append(row)
    if not kept:
        raise NothingTradable("nothing is listed as trading")
    return Pairs(tuple(kept), currencies, ends, *_indexed(ends))


def currencies_of(spelled: AbstractSet[str], renamed: Mapping[str, str]) -> dict[str, Currency]:
    """Map an exchange's tickers to currencies, leaving out those that are invalid or ambiguous."""
    ambiguous = _ambiguous(spelled)
    meant = {ticker: renamed.get(ticker, ticker) for ticker in spelled - ambiguous}
    taken = Counter(name.upper() for name in meant.values())
    currencies = {}
    for ticker, name in meant.items():
        if name != ticker and taken[name.upper()] > 1:
            continue  # it lists both, so the one is not the other
        try:
            currencies[ticker] = Currency(name)
        except InvalidInput:
            continue
    return currencies


def _ambiguous(tickers: AbstractSet[str]) -> set[str]:
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


def _inverse(power_of_ten: Decimal) -> Decimal:
    return _ONE.scaleb(-power_of_ten.adjusted())


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
    `Instrument` objects are created on demand. `aliases` maps second names, which the exchange itself or the table of
    tickers gives, to the currencies that they mean. `scaled` maps coins that are listed in another unit only to that
    ticker: SATS to 1000SATS, or 1000SATS to SATS. `coins` are the codes of money by which the exchange means coins, as
    its prices show.
    """

    exchange: str
    pairs: Pairs = field(repr=False)
    observed_at: float
    rules: Mapping[str, TradingRules] = field(repr=False, default_factory=dict)
    lag_seconds: float = 0.0
    aliases: Mapping[Currency, Currency] = field(repr=False, default_factory=dict)
    scaled: Mapping[Currency, Currency] = field(repr=False, default_factory=dict)
    coins: frozenset[Currency] = frozenset()

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
        meant = meanings(exchange, observed_at)
        pairs = pairs_of(rows, halted, tuple(meant.names.items()))
        names = second_names(pairs.neighbours, meant)
        if aliases:
            names |= given_names(aliases, (*rows, *halted), pairs.names, meant)
        return cls(exchange, pairs, observed_at, rules, aliases=names, scaled=scaled_names(pairs.neighbours))

    def with_coins(self, codes: frozenset[Currency]) -> "Instruments":
        """Return the same with names of coins for these codes of money, and for no others."""
        if codes == self.coins:
            return self
        meant, before = meanings(self.exchange, self.observed_at).names, self.pairs
        money = pairs_of(before.rows, (), tuple(meant.items())).names
        coins = {ticker: token_of(name) for ticker, name in money.items() if name in codes}
        pairs = pairs_of(before.rows, (), tuple({**meant, **coins}.items()))
        renamed = {name: pairs.names[ticker] for ticker, name in before.names.items() if ticker in pairs.names}
        aliases = {alias: renamed.get(name, name) for alias, name in self.aliases.items()}
        return replace(self, pairs=pairs, aliases=aliases, coins=codes)

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
        return currency in neighbours or self.aliases.get(currency) in neighbours or currency in self.scaled

    def named(self, currency: Currency) -> Currency:
        """Return the name of what may be a second name."""
        return self.aliases.get(currency, currency)

    def listed_as(self, currency: Currency) -> Currency:
        """Return the listed name of a currency, which may stand for more or less of it."""
        return self.aliases.get(currency) or self.scaled.get(currency, currency)

    def units_of(self, currency: Currency) -> Decimal:
        """Return how many of what it is listed as one of this currency is worth, exactly: mostly 1."""
        listed = self.scaled.get(currency)
        return _ONE if listed is None else EXACT.multiply(units_of(currency), _inverse(units_of(listed)))

    def neighbours(self, currency: Currency) -> Mapping[Currency, str]:
        """Map every currency that trades directly against this one to the symbol of the first such pair."""
        return self.pairs.neighbours.get(currency, _NO_NEIGHBOURS)

    def between(self, one: Currency, other: Currency) -> tuple[str, ...]:
        """Return the symbols that trade the two against each other, either way round: usually one or none.

        They may trade them in another unit.
        """
        symbol = self.neighbours(self.listed_as(one)).get(self.listed_as(other))
        return () if symbol is None else self.pairs.parallel.get(symbol, (symbol,))
