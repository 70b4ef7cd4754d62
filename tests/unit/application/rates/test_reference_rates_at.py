"""Rates of a past moment are those that were known then."""

from datetime import date

from application.rates.reference_rates_at import ReferenceRatesAt
from domain.rates.bank_days import published_at
from tests.unit.domain.rates.publications import TUESDAY, WEDNESDAY, publication
from tests.unit.fakes.database import FakeDatabase

FRIDAY = date(2023, 4, 21)


def database() -> FakeDatabase:
    kept = FakeDatabase()
    for rates in (publication(TUESDAY), publication(WEDNESDAY, USD="1.1"), publication(FRIDAY, USD="1.2")):
        kept.rows.reference_rates["ecb", rates.day] = rates
    return kept


async def test_a_day_s_rates_count_from_their_publication_on() -> None:
    rates_at = ReferenceRatesAt(database(), "ecb")
    assert await rates_at(published_at(WEDNESDAY) - 1) == publication(TUESDAY)
    assert await rates_at(published_at(WEDNESDAY)) == publication(WEDNESDAY, USD="1.1")
    sunday = published_at(FRIDAY) + 2 * 86400
    found = await rates_at(sunday)
    assert found == publication(FRIDAY, USD="1.2")
    assert found is not None
    assert found.overdue_seconds(sunday) == 0


async def test_before_the_first_there_are_none_and_after_a_gap_they_are_overdue() -> None:
    rates_at = ReferenceRatesAt(database(), "ecb")
    assert await rates_at(published_at(TUESDAY) - 1) is None
    late = published_at(date(2023, 4, 20)) + 7200  # nothing was kept of that Thursday
    found = await rates_at(late)
    assert found is not None
    assert (found.day, found.overdue_seconds(late)) == (WEDNESDAY, 3600)


async def test_where_the_rates_are_turned_off_there_are_none() -> None:
    assert await ReferenceRatesAt(database(), None)(published_at(FRIDAY)) is None
