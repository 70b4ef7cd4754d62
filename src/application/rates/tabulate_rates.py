"""Tabulate rates: those of one currency in many others, all from the same snapshot of each exchange."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import is_
from typing import NamedTuple

from cachetools import LRUCache

from application.market_data.freshness import Arrival, Generations
from application.market_data.market import Market
from application.rates.batch import ConversionLine
from application.rates.convert_many import ConvertMany
from application.rates.newest_reference_rates import NewestReferenceRates
from domain.currency import Currency
from domain.errors import CrossrateError, InvalidInput
from domain.rates.book import RateType
from domain.rates.bridging import BridgedRoutes
from domain.rates.conversion import Conversion
from domain.rates.errors import ExchangeUnavailable, NoRoute, NotAllAnswered, NotOffered
from domain.rates.reference_rates import EUR
from domain.rates.routing import Routes

MOST_CURRENCIES = 5000

# Of some hundred kB each.
MOST_TABLES = 16

# Streams change some prices several times a second. A table of all currencies takes 0.1 s and more, so for this long
# one is used whose prices are as new as the caller requires, and of which others are newer by now.
REUSED_SECONDS = 5.0

_ONE = Decimal(1)


class TooManyCurrencies(InvalidInput):
    """There are more currencies than a table may have."""


@dataclass(frozen=True, slots=True, eq=False)
class RateTable:
    """Rates of one `base`, by currency, and why the others have none. Tables compare by identity.

    `oldest` is when the oldest price on an exchange was observed, in Unix seconds.
    """

    base: Currency
    rate_type: RateType
    rates: tuple[Conversion, ...]
    unpriced: Mapping[Currency, str]
    oldest: float

    @property
    def updated_at(self) -> int:
        """The Unix second of the oldest rate."""
        return min(each.updated_at for each in self.rates)


class _Key(NamedTuple):
    base: Currency
    symbols: tuple[Currency, ...] | None
    rate_type: RateType


class _Sources(NamedTuple):
    """What a table is made of: the routes on all exchanges, and over the bank's rates."""

    markets: tuple[Routes, ...]
    bank: BridgedRoutes | None

    def are_same(self, other: "_Sources") -> bool:
        """Tell whether no price differs."""
        return self.bank is other.bank and all(map(is_, self.markets, other.markets))

    def list_the_same(self, other: "_Sources") -> bool:
        """Tell whether only prices on exchanges can differ."""
        pairs = [[each.market.instruments.pairs for each in one.markets] for one in (self, other)]
        return self.bank is other.bank and all(map(is_, *pairs))


class _Kept(NamedTuple):
    """A table, when it was asked for, in Unix seconds, and how old its prices were allowed to be."""

    sources: _Sources
    table: RateTable
    made_at: float
    max_seconds: int


class TabulateRates:
    """The use case. The last tables are kept: while no price moves, nothing is computed again.

    Where prices move all the time, it is every few seconds, if the caller accepts prices of that age.
    """

    def __init__(
        self,
        *,
        convert_many: ConvertMany,
        markets: Mapping[str, Market],
        generations: Generations,
        reference: NewestReferenceRates | None = None,
    ) -> None:
        self._convert_many = convert_many
        self._markets = list(markets.values())
        self._generations = generations
        self._reference = reference
        self._tables: LRUCache[_Key, _Kept] = LRUCache(MOST_TABLES)

    async def __call__(
        self,
        base: Currency,
        symbols: Sequence[Currency] | None,
        rate_type: RateType,
        cache_max_seconds: int | None,
    ) -> tuple[RateTable, bool]:
        """Return the table, and whether it was made for this call. None as `symbols` are all currencies but the base.

        Prices are as fresh as conversions would have them. Raises `TooManyCurrencies`, and what a conversion raises if
        there is no rate at all.
        """
        arrival = self._generations.arrival()
        key = _Key(base, None if symbols is None else tuple(dict.fromkeys(symbols)), rate_type)
        sources = self._sources(arrival, cache_max_seconds)
        kept = self._kept(key, sources, arrival, cache_max_seconds)
        if kept is not None:
            return kept, False
        table = await self._made(key, arrival, cache_max_seconds)
        if sources is not None and cache_max_seconds:
            self._tables[key] = _Kept(sources, table, arrival.at, cache_max_seconds)
        return table, True

    def _sources(self, arrival: Arrival, cache_max_seconds: int | None) -> _Sources | None:
        """Return what a table is made of, None unless all of it is in memory."""
        if not cache_max_seconds:
            return None
        found: list[Routes] = []
        for market in self._markets:
            routes = market.routes_in_memory(arrival.at - cache_max_seconds, arrival.at)
            if routes is None:
                return None
            found.append(routes)
        return _Sources(tuple(found), None if self._reference is None else self._reference.of_any_age)

    def _kept(
        self, key: _Key, sources: _Sources | None, arrival: Arrival, cache_max_seconds: int | None
    ) -> RateTable | None:
        kept = self._tables.get(key)
        if kept is None or sources is None or not cache_max_seconds:
            return None
        if cache_max_seconds > kept.max_seconds:
            return None  # older prices may give more currencies a rate
        is_recent = 0 <= arrival.at - kept.made_at < REUSED_SECONDS and kept.sources.list_the_same(sources)
        is_current = is_recent or kept.sources.are_same(sources)
        return kept.table if is_current and kept.table.oldest >= arrival.at - cache_max_seconds else None

    async def _made(self, key: _Key, arrival: Arrival, cache_max_seconds: int | None) -> RateTable:
        symbols = key.symbols
        if symbols is None:
            symbols = await self._all_but(key.base, arrival)
        lines = [ConversionLine(_ONE, key.base, symbol, None, key.rate_type, cache_max_seconds) for symbol in symbols]
        outcomes = await self._convert_many(lines, arrival)
        rates = tuple(each for each in outcomes if isinstance(each, Conversion))
        refused = {
            symbol: each for symbol, each in zip(symbols, outcomes, strict=True) if isinstance(each, CrossrateError)
        }
        if not rates:
            raise _nothing_priced(key, list(refused.values()))
        unpriced = {symbol: _reason(error) for symbol, error in refused.items()}
        return RateTable(key.base, key.rate_type, rates, unpriced, self._oldest(rates))

    def _oldest(self, rates: Sequence[Conversion]) -> float:
        """Return when the oldest price was observed; the bank's rates are as fresh as they can be."""
        bank = None if self._reference is None else self._reference.source
        observed = (each.route.observed_at for each in rates if each.route.legs and each.route.exchange != bank)
        return min(observed, default=math.inf)

    async def _all_but(self, base: Currency, arrival: Arrival) -> tuple[Currency, ...]:
        """Return all currencies, of the exchanges that answer and of the bank, in order."""
        found: set[Currency] = set()
        for market in self._markets:
            instruments = market.instruments_in_memory(arrival.at)
            try:
                instruments = instruments or await market.instruments()
            except ExchangeUnavailable:
                continue  # its conversions say so
            found.update(instruments.pairs.neighbours)
        rates = None if self._reference is None else self._reference.rates
        if rates is not None:
            found.update(rates.per_euro, [EUR])
        found.discard(base)
        if len(found) > MOST_CURRENCIES:
            raise TooManyCurrencies(f"must be given: there are {len(found)} currencies, of at most {MOST_CURRENCIES}")
        return tuple(sorted(found))


def _nothing_priced(key: _Key, refused: Sequence[CrossrateError]) -> CrossrateError:
    """Return why there is no rate at all. Who asked for all currencies named none of those that have no rate."""
    reasons: Mapping[str, str] = {}
    if refused:
        first = refused[0]
        if key.symbols is not None or not isinstance(first, NoRoute):
            return first
        if any(not isinstance(each, NoRoute) or each.reasons != first.reasons for each in refused):
            return first
        reasons = first.reasons
    return NoRoute(key.base, "any other currency", reasons)


def _reason(error: CrossrateError) -> str:
    if isinstance(error, NotOffered):
        return "; ".join(f"{exchange}: {reason}" for exchange, reason in error.reasons.items())
    return str(error) if isinstance(error, NotAllAnswered) else "cannot be converted"
