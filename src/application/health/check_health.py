"""The readiness check: the state of all dependencies, without calling an exchange."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import partial

from application.concurrency.cached_probe import CachedProbe
from application.health.database_probe import PROBE_TTL_SECONDS, DatabaseProbe
from application.health.write_probe import WriteProbe
from application.market_data.circuit_breaker import BreakerState
from application.market_data.market_data import MarketData
from application.market_data.ports.market_cache import MarketCache
from application.market_data.sync_markets import SyncMarkets, SyncRole
from application.ports.clock import Clock
from application.rates.newest_reference_rates import NONE_YET, NewestReferenceRates
from domain.errors import CacheUnavailable


class State(StrEnum):
    """The last known state of a dependency."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DependencyHealth:
    """One dependency. Ages are in seconds, None if nothing is in memory.

    Only exchanges have a `breaker`, and only a bank `published`, the day of its newest rates in memory.
    """

    name: str
    state: State
    detail: str | None = None
    listing_age_seconds: float | None = None
    books_age_seconds: float | None = None
    breaker: BreakerState | None = None
    published: date | None = None


class CheckHealth:
    """The use case of the readiness probe. `cache_name` is the name of the cache in the answer."""

    def __init__(  # noqa: PLR0913 -- one for each dependency
        self,
        *,
        markets: Mapping[str, MarketData],
        cache: MarketCache,
        cache_name: str,
        database_probe: DatabaseProbe[object],
        write_probe: WriteProbe,
        clock: Clock,
        sync: SyncMarkets | None = None,
        reference: NewestReferenceRates | None = None,
    ) -> None:
        self._markets = dict(markets)
        self._cache_name = cache_name
        self._cache_probe = CachedProbe(partial(_failure_of, cache), clock=clock, ttl_seconds=PROBE_TTL_SECONDS)
        self._database_probe = database_probe
        self._write_probe = write_probe
        self._clock = clock
        self._sync = sync
        self._reference = reference

    @property
    def sync_role(self) -> SyncRole:
        """This process's role in the market sync."""
        return SyncRole.OFF if self._sync is None else self._sync.role

    async def __call__(self) -> list[DependencyHealth]:
        """Return all dependencies within a second: cache and database, then exchanges, then the bank.

        The first two are up to half a second old; whether the database takes writes, up to half a minute.
        """
        async with asyncio.TaskGroup() as group:
            cache, database = group.create_task(self._cache_health()), group.create_task(self._database_health())
        exchanges = map(self._exchange_health, self._markets.values())
        bank = [] if self._reference is None else [self._bank_health(self._reference)]
        return [cache.result(), database.result(), *exchanges, *bank]

    async def _cache_health(self) -> DependencyHealth:
        failure = await self._cache_probe()
        return DependencyHealth(self._cache_name, State.UP) if failure is None else _down(self._cache_name, failure)

    async def _database_health(self) -> DependencyHealth:
        status = await self._database_probe()
        if status.failure is not None:
            return _down("database", status.failure)
        if status.answer is None:
            return DependencyHealth("database", State.UNKNOWN)
        failure = await self._write_probe()
        return (
            DependencyHealth("database", State.UP) if failure is None else _down("database", f"cannot write: {failure}")
        )

    def _exchange_health(self, market: MarketData) -> DependencyHealth:
        status = market.status()
        failure = status.last_failure
        was_asked = status.instruments_observed_at is not None
        state = State.DOWN if failure is not None else State.UP if was_asked else State.UNKNOWN
        return DependencyHealth(
            name=market.name,
            state=state,
            detail=None if failure is None else f"{failure.reason}: {failure.detail}",
            listing_age_seconds=self._age(status.instruments_observed_at),
            books_age_seconds=self._age(status.book_tickers_observed_at),
            breaker=status.breaker,
        )

    def _bank_health(self, newest: NewestReferenceRates) -> DependencyHealth:
        failures = [each for each in (newest.failure(self._clock.now()), newest.last_failure) if each is not None]
        detail = "; ".join(f"{each.reason}: {each.detail}" for each in failures) or None
        if newest.rates is None:
            return DependencyHealth(newest.source, State.UNKNOWN, detail or NONE_YET)
        is_current = newest.failure(self._clock.now()) is None
        return DependencyHealth(
            newest.source, State.UP if is_current else State.DOWN, detail, published=newest.rates.day
        )

    def _age(self, observed_at: float | None) -> float | None:
        return None if observed_at is None else round(max(0.0, self._clock.now() - observed_at), 3)


async def _failure_of(cache: MarketCache) -> str | None:
    try:
        await cache.check()
    except CacheUnavailable as error:
        return str(error)
    return None


def _down(name: str, failure: str) -> DependencyHealth:
    return DependencyHealth(name, State.DOWN, f"{failure}; conversions continue without it")
