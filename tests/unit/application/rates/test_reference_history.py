"""Publications by day: the newest from memory, earlier ones from the database, never one that is too old."""

from datetime import UTC, date, datetime, timedelta

import pytest

from application.rates.newest_reference_rates import NewestReferenceRates
from application.rates.reference_history import BATCH, ReferenceHistory
from domain.rates.bank_days import next_bank_day
from domain.rates.errors import ConversionUnavailable
from domain.rates.reference_rates import ReferenceRates
from tests.unit.domain.rates.publications import TUESDAY, WEDNESDAY, publication
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.reference_rates import FakeReferenceMeter

FRIDAY, SUNDAY = date(2023, 4, 21), date(2023, 4, 23)


def history_of(
    *kept: ReferenceRates, in_memory: ReferenceRates | None = None, today: date = SUNDAY
) -> ReferenceHistory:
    database = FakeDatabase()
    for rates in kept:
        database.rows.reference_rates["ecb", rates.day] = rates
    newest = NewestReferenceRates("ecb", FakeReferenceMeter())
    if in_memory is not None:
        newest.accept(in_memory)
    noon = datetime(today.year, today.month, today.day, 12, tzinfo=UTC).timestamp()
    return ReferenceHistory(database=database, newest=newest, clock=FakeClock(noon))


async def days(history: ReferenceHistory, first: date, last: date) -> list[date]:
    return [rates.day async for rates in history.between(first, last)]


async def test_a_day_without_a_publication_has_that_of_the_last_before_it() -> None:
    history = history_of(publication(TUESDAY), publication(WEDNESDAY), in_memory=publication(FRIDAY))
    assert await history.on(TUESDAY) == publication(TUESDAY)
    assert await history.on(date(2023, 4, 20)) == publication(WEDNESDAY)
    assert await history.on(SUNDAY) == await history.on(date.max) == await history.newest() == publication(FRIDAY)
    assert await history.on(date(2023, 4, 17)) is None


async def test_what_was_published_more_than_two_weeks_before_says_nothing_of_a_day() -> None:
    assert await history_of(in_memory=publication(TUESDAY), today=TUESDAY + timedelta(14)).newest() is not None
    assert await history_of(in_memory=publication(TUESDAY), today=TUESDAY + timedelta(15)).newest() is None


async def test_before_the_first_publication_has_come_the_newest_is_unknown() -> None:
    with pytest.raises(ConversionUnavailable):
        await history_of().newest()


async def test_a_period_begins_with_the_last_publication_before_it() -> None:
    history = history_of(publication(TUESDAY), publication(WEDNESDAY), publication(FRIDAY))
    assert await days(history, date(2023, 4, 20), SUNDAY) == [WEDNESDAY, FRIDAY]
    assert await days(history, date.min, WEDNESDAY) == [TUESDAY, WEDNESDAY]
    assert await days(history, SUNDAY, FRIDAY) == [FRIDAY]
    assert await days(history, SUNDAY, WEDNESDAY) == []
    assert await days(history, SUNDAY + timedelta(1), date.max) == []


async def test_a_long_period_is_read_in_batches_without_a_gap() -> None:
    kept, day = [], date(2022, 1, 3)
    for _ in range(2 * BATCH + 1):
        kept.append(publication(day))
        day = next_bank_day(day)
    found = await days(history_of(*kept), date.min, SUNDAY)
    assert found == [rates.day for rates in kept]


async def test_where_the_rates_are_turned_off_there_are_none() -> None:
    history = ReferenceHistory(database=FakeDatabase(), newest=None, clock=FakeClock())
    assert await history.newest() is None
    assert await days(history, date.min, date.max) == []
