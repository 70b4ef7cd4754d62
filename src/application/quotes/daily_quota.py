"""How often a source with few calls a day may still be asked."""

from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from application.quotes.quota_plan import DAY_SECONDS, QuotaPlan
from domain.quotes.quote import HOUR_SECONDS


class DailyQuota:
    """Counts the calls of one source as its plan shares them out, for all processes on one database.

    Where that cannot be asked, both calls raise `DatabaseUnavailable`: then nobody knows, and the call is not made.
    """

    def __init__(self, *, source: str, plan: QuotaPlan, database: Database[QuotesRepositories], clock: Clock) -> None:
        """`source` names whose calls are counted, in at most 32 characters."""
        self._source = source
        self._plan = plan
        self._database = database
        self._clock = clock

    async def take(self, *, is_hourly: bool) -> float | None:
        """Count a call that is about to be made and return None, or return the seconds until asking makes sense again.

        `is_hourly` tells a call that room is kept for.
        """
        async with self._database.writing() as unit:
            now = self._clock.now()
            count = (await unit.call_counts.lock(self._source)).at(now)
            if now < count.resting_until:
                return count.resting_until - now
            if not self._plan.has_room(count, is_hourly=is_hourly):
                return count.hour + HOUR_SECONDS - now
            await unit.call_counts.save(self._source, count.with_one_more(is_hourly=is_hourly))
        return None

    async def rest(self, seconds: float) -> None:
        """Have no call made for so long from now on, a day at most, or for as long as was said before if longer."""
        async with self._database.writing() as unit:
            now = self._clock.now()
            count = (await unit.call_counts.lock(self._source)).at(now)
            await unit.call_counts.save(self._source, count.resting(now + min(seconds, DAY_SECONDS)))
