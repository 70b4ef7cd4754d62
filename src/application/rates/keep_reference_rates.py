"""Keep a bank's reference rates: fetch a publication once it is due, and the history once."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

import structlog

from application.concurrency.database_lease import try_lease
from application.ports.clock import Clock
from application.ports.database import Database
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.reference_cache import ReferenceCache
from application.rates.ports.reference_source import ReferenceSource
from application.rates.ports.repositories import FetchingRepositories
from domain.errors import CacheUnavailable
from domain.rates.bank_days import is_bank_day
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.reference_rates import InvalidReferenceRates, ReferenceRates

# A day's publications are within the file of ninety days for this long.
RECENT_DAYS = 80

# The rows of one transaction, which takes a few milliseconds.
BATCH = 100

# A history that lacks days at the bank too is not fetched again within this time.
HISTORY_EVERY_SECONDS = 6 * 3600.0

log = structlog.get_logger()


class Keeping(StrEnum):
    """How an attempt to keep a publication ended; `IN_PROGRESS` means that another process is asking the bank."""

    KEPT = "kept"
    ALREADY_KEPT = "already_kept"
    IN_PROGRESS = "in_progress"
    NOT_PUBLISHED = "not_published"


class KeepReferenceRates:
    """Keeps publications in the database, and the newest in the cache and in memory."""

    def __init__(
        self,
        *,
        source: ReferenceSource,
        database: Database[FetchingRepositories],
        cache: ReferenceCache,
        newest: NewestReferenceRates,
        clock: Clock,
        lease_seconds: float,
    ) -> None:
        """A process that dies blocks the others from the bank for `lease_seconds`."""
        self._source = source
        self._database = database
        self._cache = cache
        self._newest = newest
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._history_at: float | None = None

    async def publication(self, day: date) -> Keeping:
        """Keep the publication of `day`, unless it is kept already.

        Raises `ExchangeUnavailable` and `DatabaseUnavailable`.
        """
        if await self._is_kept(day):
            return Keeping.ALREADY_KEPT
        async with self._lease("publication") as is_ours:
            if not is_ours:
                return Keeping.IN_PROGRESS
            if await self._is_kept(day):  # by another process, before this one had the lease
                return Keeping.ALREADY_KEPT
            rates = await self._fetched()
            known = self._newest.rates
            if known is not None:
                self._check(rates, known)
            # Memory may know, from Redis, what the database lacks: one that was restored from a backup.
            if known is None or rates.day > known.day or rates.day >= day:
                await self._store([rates])
                await self._share(rates)
                log.info("reference_rates_kept", source=rates.source, day=str(rates.day))
        return Keeping.KEPT if rates.day >= day else Keeping.NOT_PUBLISHED

    async def _fetched(self) -> ReferenceRates:
        try:
            rates = await self._source.newest()
        except ExchangeUnavailable as failure:
            self._newest.last_failure = failure
            raise
        self._newest.last_failure = None
        return rates

    async def history(self) -> Keeping:
        """Keep what is missing of the history: all of it at first, later what was published while nothing ran.

        Raises `ExchangeUnavailable` and `DatabaseUnavailable`.
        """
        now = self._clock.now()
        if self._history_at is not None and 0 <= now - self._history_at < HISTORY_EVERY_SECONDS:
            return Keeping.ALREADY_KEPT
        async with self._lease("history") as is_ours:
            if not is_ours:
                return Keeping.IN_PROGRESS
            today = datetime.fromtimestamp(now, UTC).date()
            missing = await self._first_missing(today)
            if missing is not None:
                # With the first days of that time missing too, more may be missing before them.
                is_recent = missing > today - timedelta(RECENT_DAYS - 7)
                days = await self._store_all(self._source.recent() if is_recent else self._source.history())
                log.info("reference_history_kept", source=self._source.name, days=days)
        self._history_at = now
        return Keeping.ALREADY_KEPT if missing is None else Keeping.KEPT

    async def _first_missing(self, today: date) -> date | None:
        """Return the first day without a publication: long ago if there is no history."""
        first = today - timedelta(RECENT_DAYS)
        async with self._database.reading() as unit:
            oldest = await unit.reference_rates.find_first_day(self._source.name)
            kept = frozenset(await unit.reference_rates.list_days(self._source.name, first))
        if oldest is None or oldest > first:
            return date.min
        days = [first + timedelta(number) for number in range(RECENT_DAYS)]
        return next((day for day in days if is_bank_day(day) and day not in kept), None)

    async def _is_kept(self, day: date) -> bool:
        async with self._database.reading() as unit:
            kept = await unit.reference_rates.find_at(self._source.name, date.max)
        if kept is not None:
            await self._share(kept)
        return kept is not None and kept.day >= day

    async def _store(self, publications: Sequence[ReferenceRates]) -> None:
        async with self._database.writing() as unit:
            await unit.reference_rates.put(publications)

    async def _store_all(self, days: AsyncGenerator[ReferenceRates, None]) -> int:
        """Store days in batches, and return their number. After a failure, the newest are missing."""
        number, batch = 0, list[ReferenceRates]()
        async with aclosing(days):  # also where the job is cancelled, so that it ends what it fetched
            async for rates in days:
                batch.append(rates)
                number += 1
                if len(batch) == BATCH:
                    await self._store(batch)
                    batch = []
        if batch:
            await self._store(batch)
        return number

    async def _share(self, rates: ReferenceRates) -> None:
        self._newest.accept(rates)
        try:
            if await self._cache.read() != rates:
                await self._cache.write(rates)
        except CacheUnavailable:
            return  # others read the database

    def _check(self, rates: ReferenceRates, known: ReferenceRates) -> None:
        try:
            rates.check_follows(known)
        except InvalidReferenceRates as error:
            name = self._source.name
            raise ExchangeUnavailable(
                name, FailureReason.BAD_BODY, f"its publication of {rates.day} {error}"
            ) from error

    def _lease(self, what: str) -> AbstractAsyncContextManager[bool]:
        return try_lease(self._database, self._clock, f"reference:{what}", self._lease_seconds)
