"""List what can be converted now, from the markets in memory: no exchange and no cache is asked."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData
from application.ports.clock import Clock
from application.rates.newest_reference_rates import NewestReferenceRates
from domain.currency import Currency
from domain.rates.errors import ExchangeUnavailable, UnknownExchange
from domain.rates.reference_rates import EUR

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

    In order of exchange, then symbol.
    """

    exchange: str
    symbol: str
    base: Currency
    quote: Currency


@dataclass(frozen=True, slots=True)
class TradableCurrency:
    """A currency, and the exchanges that can convert it."""

    code: Currency
    exchanges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows. `unknown` names the exchanges that it leaves out because their markets are not in memory yet."""

    rows: tuple[Row, ...]
    has_more: bool
    unknown: tuple[str, ...]


class ListTradable:
    """The use case. What it lists can be converted without a request first; a market of any age counts."""

    def __init__(
        self, *, markets: Mapping[str, MarketData], clock: Clock, reference: NewestReferenceRates | None = None
    ) -> None:
        self._markets = dict(markets)
        self._clock = clock
        self._reference = reference

    def exchanges(self) -> tuple[ExchangeSummary, ...]:
        """Return every exchange, in the order in which they are asked, and then the bank."""
        return (*map(self._summary, self._markets), *self._bank_summary())

    def currencies(self, after: str, limit: int) -> Page[TradableCurrency]:
        """Return up to `limit` currencies behind the code `after`, in order of their codes."""
        found: dict[Currency, list[str]] = {}
        for name in self._names:
            for code in sorted({code for pair in self._pairs(name) for code in (pair.base, pair.quote)}):
                found.setdefault(code, []).append(name)
        codes = sorted(code for code in found if code > after)
        rows = tuple(TradableCurrency(code, tuple(found[code])) for code in codes[:limit])
        return Page(rows, len(codes) > limit, self._unknown())

    def pairs(
        self,
        *,
        exchange: str | None,
        base: Currency | None,
        quote: Currency | None,
        after: tuple[str, str],
        limit: int,
    ) -> Page[TradablePair]:
        """Return up to `limit` pairs behind the exchange and symbol of `after`. Raises `UnknownExchange`."""
        names = self._names if exchange is None else (self._known(exchange),)
        found = sorted(
            pair
            for name in names
            for pair in self._pairs(name)
            if base in {None, pair.base} and quote in {None, pair.quote} and (pair.exchange, pair.symbol) > after
        )
        unknown = tuple(name for name in self._unknown() if name in names)
        return Page(tuple(found[:limit]), len(found) > limit, unknown)

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

    def _pairs(self, name: str) -> Iterator[TradablePair]:
        if name not in self._markets:
            yield from self._bank_pairs()
            return
        snapshot = self._markets[name].newest
        if snapshot is not None:
            books = snapshot.book_tickers.by_symbol
            for symbol, (base, quote) in snapshot.instruments.pairs.ends.items():
                if symbol in books and symbol not in snapshot.unpriced:
                    yield TradablePair(name, symbol, base, quote)

    def _summary(self, name: str) -> ExchangeSummary:
        status = self._markets[name].status()
        pairs = tuple(self._pairs(name))
        return ExchangeSummary(
            name=name,
            last_failure=status.last_failure,
            breaker=status.breaker,
            listing_age_seconds=self._age(status.instruments_observed_at),
            books_age_seconds=self._age(status.book_tickers_observed_at),
            pairs=len(pairs),
            currencies=len({code for pair in pairs for code in (pair.base, pair.quote)}),
        )

    def _bank_pairs(self) -> Iterator[TradablePair]:
        rates = None if self._reference is None else self._reference.rates
        if rates is not None:
            for code in rates.per_euro:
                yield TradablePair(rates.source, f"{EUR}/{code}", EUR, code)

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
