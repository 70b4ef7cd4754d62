"""The calls of one process."""

from collections import Counter

from application.call_plan import CallPlan, day_of
from application.ports.call_budget import CallBudget
from application.ports.clock import Clock
from domain.quote import HOUR_SECONDS, hour_of


class MemoryCallBudget(CallBudget):
    """Forgets everything when the process ends, so that a day's calls can be exceeded by starting again."""

    def __init__(self, plan: CallPlan, clock: Clock) -> None:
        self._plan = plan
        self._clock = clock
        self._day = 0
        self._used = 0
        self._hourly: Counter[int] = Counter()
        self._resting_until = 0.0

    async def take(self, *, is_hourly: bool) -> float | None:
        """Count the call, or tell when to ask again."""
        now = self._clock.now()
        if now < self._resting_until:
            return self._resting_until - now
        if self._day != day_of(now):
            self._day, self._used = day_of(now), 0
            self._hourly.clear()
        hour = hour_of(now)
        rooms = self._plan.rooms(now, is_hourly=is_hourly)
        if self._used > rooms[min(self._hourly[hour], len(rooms) - 1)]:
            return hour + HOUR_SECONDS - now
        self._used += 1
        self._hourly[hour] += is_hourly
        return None

    async def rest(self, seconds: float) -> None:
        """Keep the moment."""
        self._resting_until = max(self._resting_until, self._clock.now() + seconds)
