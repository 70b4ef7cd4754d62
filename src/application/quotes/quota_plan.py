"""How a few calls a day are shared out between the hours of the day and whoever else asks."""

from dataclasses import dataclass, replace
from typing import Self

from domain.quotes.quote import HOUR_SECONDS, hour_of

DAY_SECONDS = 86400

_HOURS = 24


def day_of(moment: float) -> int:
    """Return the Unix second at which the day of `moment` began, in UTC."""
    return int(moment // DAY_SECONDS) * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class CallCount:
    """`used` calls of the day, and `hourly` ones of the hour that were its own, and none before `resting_until`.

    `day` and `hour` are the Unix seconds at which they began.
    """

    day: int = 0
    used: int = 0
    hour: int = 0
    hourly: int = 0
    resting_until: float = 0.0

    def at(self, now: float) -> Self:
        """Return what of it holds now: nothing of another day's or hour's calls.

        Nor a rest of over a day, which nobody asks for: the clock has been set since.
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
        """Return the count after another call."""
        return replace(self, used=self.used + 1, hourly=self.hourly + is_hourly)

    def resting(self, until: float) -> Self:
        """Return the count with a rest until then, or until the later moment that was said before."""
        return replace(self, resting_until=max(self.resting_until, until))


@dataclass(frozen=True, slots=True)
class QuotaPlan:
    """`calls_a_day` in all, of which `calls_an_hour` are kept for every hour that is still to come.

    Where the day has too few calls for that, every hour has the same share of the day kept.
    """

    calls_a_day: int
    calls_an_hour: int

    def has_room(self, count: CallCount, *, is_hourly: bool) -> bool:
        """Tell whether there is room for another call in the count's hour.

        An hour's own call may take what is kept for this hour; any other leaves it what it still needs.
        """
        hours_to_come = (count.day + DAY_SECONDS - count.hour) // HOUR_SECONDS - 1
        kept = hours_to_come * self._kept_an_hour
        if not is_hourly:
            kept += max(0, self._kept_an_hour - _HOURS * count.hourly)
        return _HOURS * count.used + kept < _HOURS * self.calls_a_day

    @property
    def _kept_an_hour(self) -> int:
        """The calls kept for an hour, in 24ths of a call."""
        return min(_HOURS * self.calls_an_hour, self.calls_a_day)
