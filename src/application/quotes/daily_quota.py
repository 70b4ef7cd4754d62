"""The daily quota of calls to a quote source, shared by all processes."""

from application.ports.clock import Clock
from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from application.quotes.quota_plan import DAY_SECONDS, QuotaPlan
from domain.quotes.quote import HOUR_SECONDS


class DailyQuota:
    """Counts the calls to one source in the database, and rations them by a plan.

    Both methods raise `DatabaseUnavailable` if the count cannot be read; then no call may be made.
    """

    def __init__(self, *, source: str, plan: QuotaPlan, database: Database[QuotesRepositories], clock: Clock) -> None:
        """`source` has at most 32 characters."""
        self._source = source
        self._plan = plan
        self._database = database
        self._clock = clock

    async def take(self, *, is_hourly: bool) -> float | None:
        """Count a call and return None, or return the seconds to wait if it must not be made now.

        `is_hourly` allows the calls that the plan reserves for each hour.
        """

        async def work(unit: QuotesRepositories) -> float | None:
            now = self._clock.now()
            count = (await unit.call_counts.lock(self._source)).at(now)
            if now < count.paused_until:
                return count.paused_until - now
            if not self._plan.has_room(count, is_hourly=is_hourly):
                return count.hour + HOUR_SECONDS - now
            await unit.call_counts.save(self._source, count.with_one_more(is_hourly=is_hourly))
            return None

        return await self._database.write(work)

    async def pause(self, seconds: float) -> None:
        """Allow no call for this long, a day at most. Never shortens an earlier pause."""

        async def work(unit: QuotesRepositories) -> None:
            now = self._clock.now()
            count = (await unit.call_counts.lock(self._source)).at(now)
            await unit.call_counts.save(self._source, count.paused(now + min(seconds, DAY_SECONDS)))

        await self._database.write(work)
