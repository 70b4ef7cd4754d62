"""A bank's publications by day: the newest from memory, earlier ones from the database."""

import math
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

from application.ports.clock import Clock
from application.ports.database import Database
from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.ports.repositories import ReferenceRepositories
from domain.rates.errors import ConversionUnavailable, ExchangeUnavailable
from domain.rates.reference_rates import ReferenceRates

# What was published longer before a day says nothing of it. No two publications were ever so far apart.
MOST_DAYS_BEFORE = timedelta(14)

# The rows of one query.
BATCH = 100

_DAY = timedelta(1)


class ReferenceHistory:
    """Reads publications. `newest` is None where reference rates are turned off: then there never are any."""

    def __init__(
        self, *, database: Database[ReferenceRepositories], newest: NewestReferenceRates | None, clock: Clock
    ) -> None:
        self._database = database
        self._newest = newest
        self._clock = clock

    @property
    def today(self) -> date:
        """The day in UTC."""
        return datetime.fromtimestamp(self._clock.now(), UTC).date()

    async def on(self, day: date) -> ReferenceRates | None:
        """Return the publication of this day, or the last one before it; None if none of that time are kept.

        For a day to come, that is the newest. Raises `DatabaseUnavailable`.
        """
        day = min(day, self.today)
        found = await self._at_or_before(day)
        return found if found is not None and day - found.day <= MOST_DAYS_BEFORE else None

    async def newest(self) -> ReferenceRates | None:
        """Return the newest publication; None if it is old, or where there never are any.

        Raises `ConversionUnavailable` before the first has come, and `DatabaseUnavailable`.
        """
        found = await self.on(self.today)
        if found is None and self._newest is not None and self._newest.rates is None:
            try:
                self._newest.current(self._clock.now(), math.inf)
            except ExchangeUnavailable as failure:
                raise ConversionUnavailable({failure.exchange: failure}, {}) from failure
        return found

    async def between(self, first: date, last: date) -> AsyncIterator[ReferenceRates]:
        """Yield the publications until `last`, in order, from the one of `first` or the last before it.

        Raises `DatabaseUnavailable`.
        """
        if self._newest is None or first > self.today:
            return
        beginning = await self._at_or_before(first)
        since = first if beginning is None else beginning.day
        while since <= last:
            async with self._database.reading() as unit:
                found = await unit.reference_rates.list_between(self._newest.source, since, last, BATCH)
            for rates in found:
                yield rates
            if len(found) < BATCH:
                return
            since = found[-1].day + _DAY

    async def _at_or_before(self, day: date) -> ReferenceRates | None:
        if self._newest is None:
            return None
        known = self._newest.rates
        if known is not None and known.day <= day:
            return known
        async with self._database.reading() as unit:
            return await unit.reference_rates.find_at(self._newest.source, day)
