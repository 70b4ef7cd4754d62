"""Have every tracked pair recorded each hour, on the hour."""

from collections.abc import Sequence
from secrets import token_hex

import structlog

from application.concurrency.ports.repositories import LeaseRepositories
from application.jobs.ports.job_queue import JobQueue
from application.ports.clock import Clock
from application.ports.database import Database
from domain.errors import CacheUnavailable, DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.quote import HOUR_SECONDS, hour_of

MINUTE_SECONDS = 60

# On the hour, and then again: an hour whose source did not answer, or whose worker was killed, is to be had until it
# is over. A pair that is recorded already costs a look into the database.
MINUTES = frozenset({0, 1, 2, 5, 10, 20, 30, 40, 50})

# After the first failure; each further one doubles it, up to the next minute.
FIRST_PAUSE_SECONDS = 1.0

log = structlog.get_logger()


class ScheduleHours:
    """Hands the work on once a minute and not once a scheduler: who comes first takes the minute.

    What is owed, at the start and after a failure, is handed on by each: who took the minute may have been killed.
    """

    def __init__(
        self, *, pairs: Sequence[Pair], queue: JobQueue, database: Database[LeaseRepositories], clock: Clock
    ) -> None:
        self._pairs = tuple(pairs)
        self._queue = queue
        self._database = database
        self._clock = clock
        self._holder = token_hex(16)
        self._is_owed = True
        self._failures = 0  # in a row
        self._done_minute = -1

    async def __call__(self) -> None:
        """Do what is to be done in this minute; at the start, and after a failure, that is all of it."""
        minute = int(self._clock.now() // MINUTE_SECONDS)
        is_due = minute % (HOUR_SECONDS // MINUTE_SECONDS) in MINUTES and minute != self._done_minute
        if not (self._is_owed or is_due):
            return
        try:
            if self._is_owed or await self._is_taken_here():
                await self._hand_on()
        except (CacheUnavailable, DatabaseUnavailable) as error:
            self._is_owed = True
            self._failures += 1
            log.warning("tick_failed", job="record_hour", reason=str(error))
            return
        self._is_owed, self._failures, self._done_minute = False, 0, minute

    def seconds_to_next(self) -> float:
        """Return how long it is until it is to be called again: the next minute, or sooner after a failure."""
        to_next_minute = MINUTE_SECONDS - self._clock.now() % MINUTE_SECONDS
        if not self._failures:
            return to_next_minute
        return min(to_next_minute, FIRST_PAUSE_SECONDS * 2.0 ** min(self._failures - 1, 10))

    async def _is_taken_here(self) -> bool:
        async with self._database.writing() as unit:
            now = self._clock.now()
            end = now - now % MINUTE_SECONDS + MINUTE_SECONDS
            is_ours = await unit.leases.take("tick:record_hour", self._holder, now, end)
            if is_ours:
                await unit.leases.forget(now)
        return is_ours

    async def _hand_on(self) -> None:
        hour = hour_of(self._clock.now())
        for pair in self._pairs:
            await self._queue.record_hour(pair, hour)
