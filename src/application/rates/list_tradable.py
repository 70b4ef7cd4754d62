"""List what can be converted now, from the markets in memory: no exchange and no cache is asked."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData
from application.ports.clock import Clock
from application.rates.currency_names import CurrencyNames
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.search import CODE_BEGINS, Search, haystack_of
from application.rates.search_index import SearchIndex
from application.rates.tradable_pairs import PairIndex, TradablePair
from domain.currency import Currency
from domain.rates.errors import ExchangeUnavailable, UnknownExchange
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.reference_rates import EUR, ReferenceRates
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
        self._merged: tuple[_Listed, tuple[tuple[TradableCurrency, ...], SearchIndex]] | None = None
        # By exchanges: what they list, and it in order. Either all, or one that a request names.
        self._indexes: dict[tuple[str, ...], tuple[tuple[tuple[TradablePair, ...], ...], PairIndex]] = {}
        self._of_bank: tuple[ReferenceRates | None, int, tuple[TradablePair, ...]] | None = None

    def exchanges(self) -> tuple[ExchangeSummary, ...]:
        """Return every exchange, in the order in which they are asked, and then the bank."""
        return (*map(self._summary, self._markets), *self._bank_summary())

    def currencies(self, after: str, limit: int, search: str | None = None) -> Page[TradableCurrency]:
        """Return up to `limit` currencies behind the code `after`, in order of their codes.

        With a `search`, only what it matches is there, and what begins with it comes first.
        """
        listed, index = self._merged_currencies()
        start = bisect_right(listed, after, key=attrgetter("code"))
        if search is None:
            found: Sequence[TradableCurrency] = listed[start : start + limit + 1]
        else:
            haystack = haystack_of((after,), (self._called.of(after),))
            first = (Search.of(search).rank(haystack) or CODE_BEGINS, start) if after else (CODE_BEGINS, 0)
            found = [listed[row] for row in islice(index.find(search, first), limit + 1)]
        return Page(tuple(found[:limit]), len(found) > limit, self._unknown())

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
        index = self._index(tuple(sorted(names)))
        if search is None:
            found = index.after(after, base, quote, limit + 1)
        else:
            found = index.found(search, after, base, quote, limit + 1)
        unknown = tuple(name for name in self._unknown() if name in names)
        return Page(tuple(found[:limit]), len(found) > limit, unknown)

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

    def _index(self, names: tuple[str, ...]) -> PairIndex:
        """Return the pairs of these exchanges in order; the same object while they list the same."""
        listed = tuple(self._pairs(name) for name in names)
        kept = self._indexes.get(names)
        if kept is None or any(one is not other for one, other in zip(kept[0], listed, strict=True)):
            kept = self._indexes[names] = listed, PairIndex(tuple(chain.from_iterable(listed)))
        return kept[1]

    def _pairs(self, name: str) -> tuple[TradablePair, ...]:
        if name not in self._markets:
            rates = None if self._reference is None else self._reference.rates
            if self._of_bank is None or self._of_bank[:2] != (rates, self._called.version):
                self._of_bank = rates, self._called.version, tuple(sorted(self._bank_pairs()))
            return self._of_bank[2]
        listing = self._listing(name)
        return () if listing is None else listing.pairs

    def _currencies(self, name: str) -> tuple[Currency, ...]:
        if name not in self._markets:
            return tuple(sorted({code for pair in self._bank_pairs() for code in (pair.base, pair.quote)}))
        listing = self._listing(name)
        return () if listing is None else listing.currencies

    def _merged_currencies(self) -> tuple[tuple[TradableCurrency, ...], SearchIndex]:
        """Return those of all exchanges in order; the same object while they list the same."""
        listed = self._called.version, tuple(self._currencies(name) for name in self._names)
        if self._merged is None or self._merged[0] != listed:
            found: dict[Currency, list[str]] = {}
            for name, codes in zip(self._names, listed[1], strict=True):
                for code in codes:
                    found.setdefault(code, []).append(name)
            name_of = self._called.of
            rows = tuple(TradableCurrency(code, tuple(found[code]), name_of(code)) for code in sorted(found))
            index = SearchIndex([haystack_of((each.code,), (each.name,)) for each in rows])
            self._merged = listed, (rows, index)
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


def _lists_the_same(one: MarketSnapshot, other: MarketSnapshot) -> bool:
    """Tell whether only prices differ. Streamed snapshots share the list of their symbols, fetched ones do not."""
    symbols, others = one.book_tickers.by_symbol.symbols, other.book_tickers.by_symbol.symbols
    return (
        one.instruments is other.instruments
        and (symbols is others or symbols == others)
        and one.unpriced == other.unpriced
    )
