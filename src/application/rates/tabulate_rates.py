"""Tabulate rates: those of one currency in many others, all from the same snapshot of each exchange."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from cachetools import LRUCache

from application.market_data.freshness import Arrival, Generations
from application.market_data.market import Market
from application.rates.convert_many import ConversionLine, ConvertMany
from application.rates.newest_reference_rates import NewestReferenceRates
from domain.currency import Currency
from domain.errors import CrossrateError, InvalidInput
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import ExchangeUnavailable, NoRoute, NotAllAnswered, NotOffered
from domain.rates.reference_rates import EUR
from domain.rates.routing import Routes

MOST_CURRENCIES = 5000

# Of some hundred kB each.
MOST_TABLES = 16

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


# The snapshots of all exchanges, and the bank's rates.
_Snapshots = tuple[object, ...]


class TabulateRates:
    """The use case. The last tables are kept: while no price moves, nothing is computed again."""

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
        self._tables: LRUCache[_Key, tuple[_Snapshots, RateTable]] = LRUCache(MOST_TABLES)

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
        snapshots = self._snapshots(arrival, cache_max_seconds)
        kept = self._kept(key, snapshots, arrival, cache_max_seconds)
        if kept is not None:
            return kept, False
        table = await self._made(key, arrival, cache_max_seconds)
        if snapshots is not None:
            self._tables[key] = snapshots, table
        return table, True

    def _snapshots(self, arrival: Arrival, cache_max_seconds: int | None) -> _Snapshots | None:
        """Return what a table is made of, None unless all of it is in memory."""
        if not cache_max_seconds:
            return None
        found: list[Routes] = []
        for market in self._markets:
            routes = market.routes_in_memory(arrival.at - cache_max_seconds, arrival.at)
            if routes is None:
                return None
            found.append(routes)
        return *found, None if self._reference is None else self._reference.of_any_age

    def _kept(
        self, key: _Key, snapshots: _Snapshots | None, arrival: Arrival, cache_max_seconds: int | None
    ) -> RateTable | None:
        kept = self._tables.get(key)
        if kept is None or snapshots is None or not cache_max_seconds:
            return None
        is_same = all(one is other for one, other in zip(kept[0], snapshots, strict=True))
        return kept[1] if is_same and kept[1].oldest >= arrival.at - cache_max_seconds else None

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
            raise next(iter(refused.values()), NoRoute(key.base, "any other currency", {}))
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


def _reason(error: CrossrateError) -> str:
    if isinstance(error, NotOffered):
        return "; ".join(f"{exchange}: {reason}" for exchange, reason in error.reasons.items())
    return str(error) if isinstance(error, NotAllAnswered) else "cannot be converted"
