"""How a few calls a day are shared out between the hours of the day and whoever else asks."""

from dataclasses import dataclass

from domain.quote import HOUR_SECONDS, hour_of

DAY_SECONDS = 86400

_HOURS = 24


def day_of(moment: float) -> int:
    """Return the Unix second at which the day of `moment` began, in UTC."""
    return int(moment // DAY_SECONDS) * DAY_SECONDS


@dataclass(frozen=True, slots=True)
class CallPlan:
    """`calls_a_day` in all, of which `calls_an_hour` are kept for every hour that is still to come.

    Where the day has too few calls for that, every hour has the same share of the day kept.
    """

    calls_a_day: int
    calls_an_hour: int

    def rooms(self, now: float, *, is_hourly: bool) -> list[int]:
        """Return how many calls the day may have had for one more to be made now; negative for none at all.

        For an hour's own call there is one figure. For any other, the n-th holds while the hour has had n of its own,
        and the last one from then on: what those still need is kept too.
        """
        if is_hourly:
            return [self._room(now, kept=0)]
        return [
            self._room(now, kept=max(0, self._kept_an_hour - _HOURS * had)) for had in range(self.calls_an_hour + 1)
        ]

    @property
    def _kept_an_hour(self) -> int:
        """The calls kept for an hour, in 24ths of a call."""
        return min(_HOURS * self.calls_an_hour, self.calls_a_day)

    def _room(self, now: float, kept: int) -> int:
        hours_to_come = (day_of(now) + DAY_SECONDS - hour_of(now)) // HOUR_SECONDS - 1
        free = _HOURS * self.calls_a_day - hours_to_come * self._kept_an_hour - kept
        return -(-free // _HOURS) - 1  # the most that is less than what is free
