"""Follow the publications that other processes keep."""

import asyncio
from datetime import date

import structlog

from application.ports.clock import Clock
from application.ports.database import Database
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.reference_cache import ReferenceCache
from application.rates.ports.repositories import ReferenceRepositories
from domain.errors import CacheUnavailable, CrossrateError
from domain.rates.bank_days import EARLY_SECONDS, latest_bank_day

# Leaves the processor to the first conversions: the database's libraries are slow to import.
START_AFTER_SECONDS = 1.0

LOOK_EVERY_SECONDS = 5.0

# The database is asked less often than the cache.
LOOKS_PER_QUERY = 12

log = structlog.get_logger()


class FollowReferenceRates:
    """Reads the cache, and where it has nothing newer the database, while newer rates than those in memory are due."""

    def __init__(
        self,
        *,
        newest: NewestReferenceRates,
        cache: ReferenceCache,
        database: Database[ReferenceRepositories],
        clock: Clock,
    ) -> None:
        self._newest = newest
        self._cache = cache
        self._database = database
        self._clock = clock
        self._looks = 0

    async def run(self) -> None:
        """Look every few seconds, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_SECONDS if self._looks else START_AFTER_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Look once, if newer rates are due."""
        if not self._is_due():
            self._looks = 1  # so that the cache has a minute before the database is asked
            return
        self._looks += 1
        await self._read_cache()
        if self._is_due() and self._looks % LOOKS_PER_QUERY == 1:
            await self._read_database()

    def _is_due(self) -> bool:
        rates = self._newest.rates
        return rates is None or rates.day < latest_bank_day(self._clock.now())

    async def _read_cache(self) -> None:
        try:
            rates = await self._cache.read()
        except CacheUnavailable:
            return
        if rates is not None and rates.published_at <= self._clock.now() + EARLY_SECONDS:
            self._newest.accept(rates)

    async def _read_database(self) -> None:
        try:
            async with self._database.reading() as unit:
                rates = await unit.reference_rates.find_at(self._newest.source, date.max)
        except CrossrateError as error:  # it is down, or what it holds is damaged
            log.info("reference_rates_not_read", reason=str(error))
            return
        if rates is not None:
            self._newest.accept(rates)
