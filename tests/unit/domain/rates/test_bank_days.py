from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.rates.bank_days import is_bank_day, latest_bank_day, missed_at, next_bank_day, published_at

FRANKFURT = ZoneInfo("Europe/Berlin")


def in_frankfurt(*parts: int) -> float:
    return datetime(*parts, tzinfo=FRANKFURT).timestamp()  # type: ignore[arg-type, misc]  # year, month, day, hour


def test_the_bank_publishes_at_four_in_the_afternoon_of_frankfurt_on_every_day_of_forty_years() -> None:
    day = date(2000, 1, 1)
    while day < date(2040, 1, 1):
        assert published_at(day) == in_frankfurt(day.year, day.month, day.day, 16), day
        day += timedelta(1)


@pytest.mark.parametrize(
    "closed",
    ["2026-01-01", "2026-04-03", "2026-04-06", "2026-05-01", "2026-12-25", "2025-12-26", "2024-03-29", "2024-04-01"],
)
def test_nothing_is_published_on_holidays_of_the_bank(closed: str) -> None:
    assert not is_bank_day(date.fromisoformat(closed))


def test_national_holidays_are_days_like_others() -> None:
    assert is_bank_day(date(2025, 10, 3))
    assert is_bank_day(date(2025, 5, 29))


def test_friday_is_followed_by_monday_and_maundy_thursday_by_tuesday() -> None:
    assert next_bank_day(date(2026, 11, 20)) == date(2026, 11, 23)
    assert next_bank_day(date(2026, 4, 2)) == date(2026, 4, 7)


def test_until_four_the_rates_of_the_day_before_are_the_latest() -> None:
    before, at = in_frankfurt(2026, 11, 25, 15), in_frankfurt(2026, 11, 25, 16)
    assert (latest_bank_day(before), latest_bank_day(at)) == (date(2026, 11, 24), date(2026, 11, 25))


def test_on_sunday_the_latest_are_those_of_friday() -> None:
    assert latest_bank_day(datetime(2026, 11, 22, 23, 59, tzinfo=UTC).timestamp()) == date(2026, 11, 20)


def test_rates_are_current_until_an_hour_after_the_next_are_due() -> None:
    assert missed_at(date(2026, 11, 20)) == in_frankfurt(2026, 11, 23, 17)
