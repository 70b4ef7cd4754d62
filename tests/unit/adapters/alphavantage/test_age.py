"""A rate's age counts while it can move."""

from datetime import UTC, datetime

import pytest

from adapters.alphavantage.age import age_seconds

MINUTE = 60
HOUR = 3600


def at(written: str) -> float:
    return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    ("since", "until", "seconds"),
    [
        ("2024-04-30 11:00", "2024-04-30 12:30", 90 * MINUTE),  # a Tuesday
        ("2024-04-26 20:00", "2024-04-26 21:00", HOUR),  # a Friday, up to the close
        ("2024-04-26 20:30", "2024-04-27 12:00", 30 * MINUTE),
        ("2024-04-26 21:30", "2024-04-28 11:43", 0),  # winter's close, to Sunday noon
        ("2024-04-26 20:30", "2024-04-28 22:00", 30 * MINUTE),
        ("2024-04-26 20:30", "2024-04-28 23:00", 90 * MINUTE),  # Sunday evening: it trades again
        ("2024-04-26 20:30", "2024-05-03 20:30", (7 * 24 - 49) * HOUR),
        ("1970-01-01 00:00", "1970-01-01 01:00", HOUR),
    ],
)
def test_between_currencies_only_hours_of_trade_count(since: str, until: str, seconds: float) -> None:
    assert age_seconds(at(since), at(until), is_fiat=True) == seconds


def test_coins_trade_at_all_hours() -> None:
    assert age_seconds(at("2024-04-26 20:30"), at("2024-04-28 22:00"), is_fiat=False) == 49.5 * HOUR
