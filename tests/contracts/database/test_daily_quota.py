"""All processes on one database share the daily quota of a source."""

import asyncio

import pytest

from application.ports.database import Database
from application.quotes.daily_quota import DailyQuota
from application.quotes.ports.repositories import QuotesRepositories
from application.quotes.quota_plan import QuotaPlan
from domain.errors import DatabaseUnavailable
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase

MIDNIGHT = 1_714_262_400.0
HOUR = 3600
FREE_KEY = QuotaPlan(calls_per_day=25, calls_per_hour=1)


@pytest.fixture
def clock() -> FakeClock:
    """In the last hour of the day, when nothing is set aside for another hour."""
    return FakeClock(MIDNIGHT + 23 * HOUR)


def quota_of(database: Database[QuotesRepositories], clock: FakeClock, source: str = "alphavantage") -> DailyQuota:
    return DailyQuota(source=source, plan=FREE_KEY, database=database, clock=clock)


async def let_through(*quotas: DailyQuota, times: int = 30) -> int:
    """Take so many calls on request, one after the other; return how many were allowed."""
    return [await quotas[number % len(quotas)].take(is_hourly=False) for number in range(times)].count(None)


async def test_two_processes_share_the_calls(database: Database[QuotesRepositories], clock: FakeClock) -> None:
    assert await let_through(quota_of(database, clock), quota_of(database, clock)) == 24


async def test_simultaneous_callers_do_not_exceed_the_quota(
    database: Database[QuotesRepositories], clock: FakeClock
) -> None:
    quotas = [quota_of(database, clock) for _ in range(3)]
    calls = await asyncio.gather(*(quotas[number % 3].take(is_hourly=False) for number in range(30)))
    assert list(calls).count(None) == 24


async def test_the_hour_has_its_own_call_and_the_next_day_starts_anew(
    database: Database[QuotesRepositories], clock: FakeClock
) -> None:
    quota = quota_of(database, clock)
    await let_through(quota)
    assert await quota.take(is_hourly=True) is None
    assert await quota.take(is_hourly=True) == HOUR
    clock.advance(HOUR)
    assert await let_through(quota, times=5) == 1


async def test_a_rejected_call_waits_for_the_next_hour(
    database: Database[QuotesRepositories], clock: FakeClock
) -> None:
    quota = quota_of(database, clock)
    clock.advance(600)
    await let_through(quota)
    assert await quota.take(is_hourly=False) == HOUR - 600


async def test_each_source_has_its_own_quota(database: Database[QuotesRepositories], clock: FakeClock) -> None:
    await let_through(quota_of(database, clock))
    assert await quota_of(database, clock, "another").take(is_hourly=False) is None


async def test_during_a_pause_no_call_is_made_or_counted(
    database: Database[QuotesRepositories], clock: FakeClock
) -> None:
    one, other = quota_of(database, clock), quota_of(database, clock)
    await one.pause(90)
    await one.pause(30)
    assert await other.take(is_hourly=True) == 90
    clock.advance(90)
    assert await let_through(other) == 24


async def test_a_pause_lasts_a_day_at_most(database: Database[QuotesRepositories], clock: FakeClock) -> None:
    quota = quota_of(database, clock)
    await quota.pause(10 * 24 * HOUR)
    assert await quota.take(is_hourly=True) == 24 * HOUR


async def test_without_the_database_no_call_is_allowed(clock: FakeClock) -> None:
    database = FakeDatabase()
    database.is_down = True
    quota = quota_of(database, clock)
    with pytest.raises(DatabaseUnavailable):
        await quota.take(is_hourly=True)
    with pytest.raises(DatabaseUnavailable):
        await quota.pause(1)
