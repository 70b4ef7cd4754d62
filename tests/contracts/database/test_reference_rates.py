"""A bank's publications are kept to the digit, by source and day."""

from datetime import date

from application.ports.database import Database
from application.rates.ports.repositories import ReferenceRepositories
from domain.rates.reference_rates import ReferenceRates
from tests.unit.domain.rates.publications import TUESDAY, WEDNESDAY, publication

FRIDAY, SUNDAY = date(2023, 4, 21), date(2023, 4, 23)


async def put(database: Database[ReferenceRepositories], *publications: ReferenceRates) -> None:
    async with database.writing() as unit:
        await unit.reference_rates.put(publications)


async def at(database: Database[ReferenceRepositories], day: date, source: str = "ecb") -> ReferenceRates | None:
    async with database.reading() as unit:
        return await unit.reference_rates.find_at(source, day)


async def test_nothing_is_kept_at_first(database: Database[ReferenceRepositories]) -> None:
    async with database.reading() as unit:
        assert await unit.reference_rates.find_at("ecb", date.max) is None
        assert await unit.reference_rates.find_first_day("ecb") is None
        assert list(await unit.reference_rates.list_days("ecb", date.min)) == []


async def test_a_publication_is_kept_to_the_digit(database: Database[ReferenceRepositories]) -> None:
    rates = publication(USD="1.09720", IDR="16319.230000000001")
    await put(database, rates)
    kept = await at(database, TUESDAY)
    assert kept == rates
    assert kept is not None
    assert {code: str(rate) for code, rate in kept.per_euro.items()} == {
        code: str(rate) for code, rate in rates.per_euro.items()
    }


async def test_the_rates_of_a_day_are_those_last_published_by_then(database: Database[ReferenceRepositories]) -> None:
    await put(database, publication(TUESDAY), publication(FRIDAY, USD="1.2"), publication(WEDNESDAY, USD="1.1"))
    assert await at(database, date(2023, 4, 17)) is None
    assert await at(database, WEDNESDAY) == publication(WEDNESDAY, USD="1.1")
    assert await at(database, date(2023, 4, 20)) == publication(WEDNESDAY, USD="1.1")
    assert await at(database, SUNDAY) == await at(database, date.max) == publication(FRIDAY, USD="1.2")
    assert await at(database, SUNDAY, "another") is None


async def test_a_corrected_publication_replaces_the_first(database: Database[ReferenceRepositories]) -> None:
    await put(database, publication())
    await put(database, publication(USD="1.0973"), publication(WEDNESDAY))
    assert await at(database, TUESDAY) == publication(USD="1.0973")


async def test_kept_days_are_listed(database: Database[ReferenceRepositories]) -> None:
    await put(database, publication(TUESDAY), publication(WEDNESDAY), publication(FRIDAY))
    async with database.reading() as unit:
        assert sorted(await unit.reference_rates.list_days("ecb", WEDNESDAY)) == [WEDNESDAY, FRIDAY]
        assert await unit.reference_rates.find_first_day("ecb") == TUESDAY


async def test_the_publications_of_a_period_are_listed_in_order_the_oldest_of_many(
    database: Database[ReferenceRepositories],
) -> None:
    await put(database, publication(FRIDAY), publication(WEDNESDAY), publication(TUESDAY))
    async with database.reading() as unit:
        found = unit.reference_rates.list_between
        assert await found("ecb", WEDNESDAY, FRIDAY, 9) == [publication(WEDNESDAY), publication(FRIDAY)]
        assert await found("ecb", date.min, SUNDAY, 2) == [publication(TUESDAY), publication(WEDNESDAY)]
        assert await found("ecb", date(2023, 4, 20), date(2023, 4, 20), 9) == []
        assert await found("another", date.min, SUNDAY, 9) == []
