"""List what can be converted now, from the markets in memory: no exchange and no cache is asked."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import islice
from operator import attrgetter, itemgetter
from typing import Generic, NamedTuple, TypeVar

from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData
from application.ports.clock import Clock
from application.rates.currency_names import CurrencyNames
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.search import Search, haystack_of
from domain.currency import Currency
from domain.rates.errors import ExchangeUnavailable, UnknownExchange
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.reference_rates import EUR
from domain.rates.tickers import name_at

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class ExchangeSummary:
    """One exchange as it is in memory. Ages are in seconds; without a market they are None, and the counts 0.

    A bank has no `breaker` and no ages, but the day when its rates were `published`.
    """

    name: str
    last_failure: ExchangeUnavailable | None
    breaker: BreakerState | None
    listing_age_seconds: int | None
    books_age_seconds: int | None
    pairs: int
    currencies: int
    published: date | None = None


@dataclass(frozen=True, slots=True, order=True)
class TradablePair:
    """A pair that trades on an exchange and has a usable book there, or of which a bank has a rate.

    In order of exchange, then symbol. `names` are those of base and quote, None for what has none.
    """

    exchange: str
    symbol: str
    base: Currency
    quote: Currency
    names: tuple[str | None, str | None] = field(default=(None, None), compare=False)


@dataclass(frozen=True, slots=True)
class PairPrice:
    """The best bid and ask of a pair, and when they were observed, in Unix seconds; a bank's rate is both."""

    bid: Decimal
    ask: Decimal
    observed_at: float


@dataclass(frozen=True, slots=True)
class TradableCurrency:
    """A currency, the exchanges that can convert it, and its name, None if it has none."""

    code: Currency
    exchanges: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows. `unknown` names the exchanges that it leaves out because their markets are not in memory yet."""

    rows: tuple[Row, ...]
    has_more: bool
    unknown: tuple[str, ...]


class _Listing(NamedTuple):
    """What can be converted over one snapshot, in order: a request must not cost more than what it shows."""

    snapshot: MarketSnapshot
    names: int  # their version
    pairs: tuple[TradablePair, ...]
    currencies: tuple[Currency, ...]


# The version of the names, and the currencies of each exchange.
_Listed = tuple[int, tuple[tuple[Currency, ...], ...]]


class ListTradable:
    """The use case. What it lists can be converted without a request first; a market of any age counts."""

    def __init__(
        self,
        *,
        markets: Mapping[str, MarketData],
        clock: Clock,
        reference: NewestReferenceRates | None = None,
        names: CurrencyNames | None = None,
    ) -> None:
        self._called = names or CurrencyNames()
        self._markets = dict(markets)
        self._clock = clock
        self._reference = reference
        self._listings: dict[str, _Listing] = {}
        self._merged: tuple[_Listed, tuple[TradableCurrency, ...]] | None = None

    def exchanges(self) -> tuple[ExchangeSummary, ...]:
        """Return every exchange, in the order in which they are asked, and then the bank."""
        return (*map(self._summary, self._markets), *self._bank_summary())

    def currencies(self, after: str, limit: int, search: str | None = None) -> Page[TradableCurrency]:
        """Return up to `limit` currencies behind the code `after`, in order of their codes.

        With a `search`, only what it matches is there, and what begins with it comes first.
        """
        found: Sequence[TradableCurrency] = self._merged_currencies()
        start = bisect_right(found, after, key=attrgetter("code"))
        if search is not None:
            found, ranks = _ranked(found, search, lambda each: haystack_of((each.code,), (each.name,)))
            last = (Search.of(search).rank(haystack_of((after,), (self._called.of(after),))) or 0, after)
            start = bisect_right([(rank, each.code) for rank, each in zip(ranks, found, strict=True)], last)
            start = start if after else 0
        return Page(tuple(found[start : start + limit]), len(found) > start + limit, self._unknown())

    def pairs(
        self,
        *,
        exchange: str | None,
        base: Currency | None,
        quote: Currency | None,
        after: tuple[str, str],
        limit: int,
        search: str | None = None,
    ) -> Page[TradablePair]:
        """Return up to `limit` pairs behind the exchange and symbol of `after`. Raises `UnknownExchange`.

        With a `search`, only what it matches is there, and what begins with it comes first.
        """
        names = self._names if exchange is None else (self._known(exchange),)
        if exchange is not None:
            base, quote = (None if code is None else name_at(exchange, code) for code in (base, quote))
        matching: Iterator[TradablePair] = (
            pair
            for name in sorted(names)
            for pair in (self._pairs(name) if search is not None or name >= after[0] else ())
            if base in {None, pair.base}
            and quote in {None, pair.quote}
            and (search is not None or (pair.exchange, pair.symbol) > after)
        )
        if search is not None:
            matching = _searched(matching, search, after)
        found = tuple(islice(matching, limit + 1))
        unknown = tuple(name for name in self._unknown() if name in names)
        return Page(found[:limit], len(found) > limit, unknown)

    def price(self, pair: TradablePair) -> PairPrice | None:
        """Return the price of a listed pair, of any age; None if there is none any more."""
        if pair.exchange not in self._markets:
            return self._bank_price(pair)
        snapshot = self._markets[pair.exchange].newest
        if snapshot is None or pair.symbol not in snapshot.book_tickers.by_symbol:
            return None
        book = snapshot.book_tickers.by_symbol[pair.symbol]
        return PairPrice(book.bid, book.ask, snapshot.book_tickers.observed_at_of(pair.symbol))

    @property
    def _names(self) -> tuple[str, ...]:
        return (*self._markets, *([] if self._reference is None else [self._reference.source]))

    def _known(self, exchange: str) -> str:
        name = exchange.lower() if exchange.isascii() else ""
        if name not in self._names:
            raise UnknownExchange(exchange, self._names)
        return name

    def _unknown(self) -> tuple[str, ...]:
        unknown = [name for name, market in self._markets.items() if market.newest is None]
        if self._reference is not None and self._reference.rates is None:
            unknown.append(self._reference.source)
        return tuple(unknown)

    def _pairs(self, name: str) -> Sequence[TradablePair]:
        if name not in self._markets:
            return sorted(self._bank_pairs())
        listing = self._listing(name)
        return () if listing is None else listing.pairs

    def _currencies(self, name: str) -> tuple[Currency, ...]:
        if name not in self._markets:
            return tuple(sorted({code for pair in self._bank_pairs() for code in (pair.base, pair.quote)}))
        listing = self._listing(name)
        return () if listing is None else listing.currencies

    def _merged_currencies(self) -> tuple[TradableCurrency, ...]:
        """Return those of all exchanges in order; the same object while they list the same."""
        listed = self._called.version, tuple(self._currencies(name) for name in self._names)
        if self._merged is None or self._merged[0] != listed:
            found: dict[Currency, list[str]] = {}
            for name, codes in zip(self._names, listed[1], strict=True):
                for code in codes:
                    found.setdefault(code, []).append(name)
            name_of = self._called.of
            rows = (TradableCurrency(code, tuple(found[code]), name_of(code)) for code in sorted(found))
            self._merged = listed, tuple(rows)
        return self._merged[1]

    def _listing(self, name: str) -> _Listing | None:
        snapshot, kept = self._markets[name].newest, self._listings.get(name)
        if snapshot is None:
            return kept
        has_same_names = kept is not None and kept.names == self._called.version
        if kept is not None and has_same_names and _lists_the_same(kept.snapshot, snapshot):
            kept = self._listings[name] = kept._replace(snapshot=snapshot)
            return kept
        books, unpriced = snapshot.book_tickers.by_symbol, snapshot.unpriced
        pairs = [
            TradablePair(name, symbol, base, quote, (self._called.of(base), self._called.of(quote)))
            for symbol, (base, quote) in snapshot.instruments.pairs.ends.items()
            if symbol in books and symbol not in unpriced
        ]
        pairs.sort(key=attrgetter("symbol"))
        currencies = sorted({code for pair in pairs for code in (pair.base, pair.quote)})
        listing = self._listings[name] = _Listing(snapshot, self._called.version, tuple(pairs), tuple(currencies))
        return listing

    def _summary(self, name: str) -> ExchangeSummary:
        status = self._markets[name].status()
        return ExchangeSummary(
            name=name,
            last_failure=status.last_failure,
            breaker=status.breaker,
            listing_age_seconds=self._age(status.instruments_observed_at),
            books_age_seconds=self._age(status.book_tickers_observed_at),
            pairs=len(self._pairs(name)),
            currencies=len(self._currencies(name)),
        )

    def _bank_pairs(self) -> Iterator[TradablePair]:
        rates = None if self._reference is None else self._reference.rates
        if rates is not None:
            for code in rates.per_euro:
                names = self._called.of(EUR), self._called.of(code)
                yield TradablePair(rates.source, f"{EUR}/{code}", EUR, code, names)

    def _bank_price(self, pair: TradablePair) -> PairPrice | None:
        rates = None if self._reference is None else self._reference.rates
        rate = None if rates is None else rates.per_euro.get(pair.quote)
        return None if rates is None or rate is None else PairPrice(rate, rate, rates.published_at)

    def _bank_summary(self) -> Iterator[ExchangeSummary]:
        newest = self._reference
        if newest is None:
            return
        failure, pairs = newest.failure(self._clock.now()), tuple(self._bank_pairs())
        currencies = len(pairs) + 1 if pairs else 0
        published = None if newest.rates is None else newest.rates.day
        yield ExchangeSummary(newest.source, failure, None, None, None, len(pairs), currencies, published)

    def _age(self, observed_at: float | None) -> int | None:
        return None if observed_at is None else int(max(0.0, self._clock.now() - observed_at))


def _searched(pairs: Iterable[TradablePair], search: str, after: tuple[str, str]) -> Iterator[TradablePair]:
    """Yield what the search matches, the best first, behind the pair of `after`."""
    found, ranks = _ranked(pairs, search, lambda each: haystack_of((each.symbol, each.base, each.quote), each.names))
    keys = [(rank, each.exchange, each.symbol) for rank, each in zip(ranks, found, strict=True)]
    last = next((key for key in keys if key[1:] == after), (0, *after))
    return iter(found[bisect_right(keys, last) :])


def _ranked(rows: Iterable[Row], search: str, haystack: Callable[[Row], str]) -> tuple[Sequence[Row], Sequence[int]]:
    """Return the rows that match, and their ranks: the best first, and otherwise in their order."""
    wanted = Search.of(search)
    ranked = [(rank, row) for row in rows if (rank := wanted.rank(haystack(row))) is not None]
    ranked.sort(key=itemgetter(0))
    return tuple(row for _, row in ranked), tuple(rank for rank, _ in ranked)


def _lists_the_same(one: MarketSnapshot, other: MarketSnapshot) -> bool:
    """Tell whether only prices differ, as between streamed snapshots, which share the list of their symbols."""
    return (
        one.instruments is other.instruments
        and one.book_tickers.by_symbol.symbols is other.book_tickers.by_symbol.symbols
        and one.unpriced == other.unpriced
    )
