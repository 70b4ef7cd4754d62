"""Have every tracked pair recorded each hour, on the hour."""

from collections.abc import Sequence

import structlog

from application.ports.claims import Claims
from application.ports.clock import Clock
from application.ports.job_queue import JobQueue
from domain.errors import CacheUnavailable
from domain.pair import Pair
from domain.quote import HOUR_SECONDS, hour_of

MINUTE_SECONDS = 60

# On the hour, and then again: an hour whose source did not answer, or whose worker was killed, is to be had until it
# is over. A pair that is recorded already costs a look into the database.
MINUTES = frozenset({0, 1, 2, 5, 10, 20, 30, 40, 50})

log = structlog.get_logger()


class ScheduleHours:
    """Hands the work on once a minute and not once a scheduler: who comes first takes the minute."""

    def __init__(self, *, pairs: Sequence[Pair], queue: JobQueue, claims: Claims, clock: Clock) -> None:
        self._pairs = tuple(pairs)
        self._queue = queue
        self._claims = claims
        self._clock = clock
        self._is_owed = True  # what is due at the start, or what could not be handed on

    async def __call__(self) -> None:
        """Do what is to be done in this minute; at the start, and after a failure, that is all of it."""
        now = self._clock.now()
        minute = int(now // MINUTE_SECONDS)
        is_due = self._is_owed or minute % (HOUR_SECONDS // MINUTE_SECONDS) in MINUTES
        if not is_due:
            return
        try:
            if await self._claims.claim(f"tick:record_hour:{minute}", HOUR_SECONDS):
                for pair in self._pairs:
                    await self._queue.record_hour(pair, hour_of(now))
            self._is_owed = False
        except CacheUnavailable as error:
            self._is_owed = True
            log.warning("tick_failed", job="record_hour", reason=str(error))

    def seconds_to_next(self) -> float:
        """Return how long it is until the next minute begins."""
        return MINUTE_SECONDS - self._clock.now() % MINUTE_SECONDS
