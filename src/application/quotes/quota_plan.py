"""Rations a daily quota between the hours of the day and recordings on request."""

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
    """`used` counts today's calls, `hourly` those of them that were made for this hour's recordings.

    `day` and `hour` are the Unix seconds at which they began. No call is allowed before Unix time `paused_until`.
    """

    day: int = 0
    used: int = 0
    hour: int = 0
    hourly: int = 0
    paused_until: float = 0.0

    def at(self, now: float) -> Self:
        """Return the count as of now, without calls of another day or hour.

        A pause of over a day is dropped as well: none is that long, so the clock has been set back since.
        """
        day, hour = day_of(now), hour_of(now)
        return replace(
            self,
            day=day,
            used=self.used if self.day == day else 0,
            hour=hour,
            hourly=self.hourly if self.hour == hour else 0,
            paused_until=self.paused_until if self.paused_until <= now + DAY_SECONDS else 0.0,
        )

    def with_one_more(self, *, is_hourly: bool) -> Self:
        """Return the count after one more call."""
        return replace(self, used=self.used + 1, hourly=self.hourly + is_hourly)

    def paused(self, until: float) -> Self:
        """Return the count with a pause until this Unix time, unless its own pause ends later."""
        return replace(self, paused_until=max(self.paused_until, until))


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """Reserves `calls_per_hour` of `calls_per_day` for each remaining hour.

    If the day has too few calls for that, each hour gets an equal share.
    """

    calls_per_day: int
    calls_per_hour: int

    def has_room(self, count: CallCount, *, is_hourly: bool) -> bool:
        """Return whether the plan allows one more call in the count's hour.

        Only an hourly call may use what is reserved for the current hour.
        """
        later_hours = (count.day + DAY_SECONDS - count.hour) // HOUR_SECONDS - 1
        reserved = later_hours * self._reserved_per_hour
        if not is_hourly:
            reserved += max(0, self._reserved_per_hour - _HOURS * count.hourly)
        return _HOURS * count.used + reserved < _HOURS * self.calls_per_day

    @property
    def _reserved_per_hour(self) -> int:
        """The calls reserved for an hour, in 24ths of a call."""
        return min(_HOURS * self.calls_per_hour, self.calls_per_day)
