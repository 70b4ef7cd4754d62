"""How few calls a day are rationed between the hours of the day and recordings on request."""

from dataclasses import dataclass, replace
from typing import Self

from domain.quotes.quote import HOUR_SECONDS, hour_of

DAY_SECONDS = 86400

_HOURS = 24


def day_of(moment: float) -> int:
    """Return the Unix second at which the UTC day of `moment` began."""
    return int(moment // DAY_SECONDS) * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class CallCount:
    """Calls `used` today, and `hourly` calls made for this hour; none is allowed before `resting_until`.

    `day` and `hour` are the Unix seconds at which they began.
    """

    day: int = 0
    used: int = 0
    hour: int = 0
    hourly: int = 0
    resting_until: float = 0.0

    def at(self, now: float) -> Self:
        """Return the count as of now: calls of another day or hour are dropped.

        So is a rest of over a day: none is that long, so the clock has been set back since.
        """
        day, hour = day_of(now), hour_of(now)
        return replace(
            self,
            day=day,
            used=self.used if self.day == day else 0,
            hour=hour,
            hourly=self.hourly if self.hour == hour else 0,
            resting_until=self.resting_until if self.resting_until <= now + DAY_SECONDS else 0.0,
        )

    def with_one_more(self, *, is_hourly: bool) -> Self:
        """Return the count after one more call."""
        return replace(self, used=self.used + 1, hourly=self.hourly + is_hourly)

    def resting(self, until: float) -> Self:
        """Return the count with a rest until then, or until its own rest ends, whichever is later."""
        return replace(self, resting_until=max(self.resting_until, until))


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """Of `calls_a_day`, `calls_an_hour` are set aside for each remaining hour.

    Where the day has too few calls for that, each hour has an equal share of them set aside.
    """

    calls_a_day: int
    calls_an_hour: int

    def has_room(self, count: CallCount, *, is_hourly: bool) -> bool:
        """Return whether the plan has room for one more call in the count's hour.

        Only an hourly call may use what is set aside for the current hour.
        """
        hours_to_come = (count.day + DAY_SECONDS - count.hour) // HOUR_SECONDS - 1
        kept = hours_to_come * self._kept_an_hour
        if not is_hourly:
            kept += max(0, self._kept_an_hour - _HOURS * count.hourly)
        return _HOURS * count.used + kept < _HOURS * self.calls_a_day

    @property
    def _kept_an_hour(self) -> int:
        """The calls set aside for an hour, in 24ths of a call."""
        return min(_HOURS * self.calls_an_hour, self.calls_a_day)
