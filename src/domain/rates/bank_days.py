"""When the European Central Bank publishes: about 16:00 in Frankfurt, on the working days of TARGET.

The closing days are those since 2002: https://www.ecb.europa.eu/paym/target/t2/profuse/calendar.
"""

from datetime import UTC, date, datetime, time, timedelta

# A publication may be this late before it counts as missed.
GRACE_SECONDS = 3600.0

# The bank may be early, and clocks may differ, by this much.
EARLY_SECONDS = 1800.0

_SUNDAY = 6
_DAY = timedelta(days=1)
_CLOSED = frozenset({(1, 1), (5, 1), (12, 25), (12, 26)})
_SUMMER, _WINTER = time(14, tzinfo=UTC), time(15, tzinfo=UTC)  # 16:00 in Frankfurt


def is_bank_day(day: date) -> bool:
    """Return whether the bank publishes rates on this day."""
    if day.weekday() >= 5 or (day.month, day.day) in _CLOSED:
        return False
    easter = _easter(day.year)
    return day not in {easter - 2 * _DAY, easter + _DAY}


def published_at(day: date) -> float:
    """Return the Unix second at which the bank publishes on this day."""
    is_summer = _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10)
    return datetime.combine(day, _SUMMER if is_summer else _WINTER).timestamp()


def next_bank_day(day: date) -> date:
    """Return the first day after this one on which the bank publishes."""
    day += _DAY
    while not is_bank_day(day):
        day += _DAY
    return day


def latest_bank_day(moment: float) -> date:
    """Return the day of the last publication that was due at a Unix time."""
    day = datetime.fromtimestamp(moment, UTC).date()
    while not is_bank_day(day) or published_at(day) > moment:
        day -= _DAY
    return day


def missed_at(day: date) -> float:
    """Return the Unix second from which the rates of this day are not current: those of the next one were missed."""
    return published_at(next_bank_day(day)) + GRACE_SECONDS


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)  # of March or October
    return last - ((last.weekday() - _SUNDAY) % 7) * _DAY


def _easter(year: int) -> date:
    """Return Easter Sunday of the Gregorian calendar (the anonymous algorithm, in Meeus' form)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    weekday = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * weekday) // 451
    month, day = divmod(h + weekday - 7 * m + 114, 31)
    return date(year, month, day + 1)
