"""Hourly tables are kept to the digit, one an hour."""

from decimal import Decimal

from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from domain.currency import Currency
from domain.quotes.hourly_table import HourlyTable, TableRate

HOUR = 1_714_302_000
BASE = Currency("USDT")
RATES = {
    Currency("BTC"): TableRate(Decimal("97058.925"), "binance", HOUR + 2),
    Currency("币安人生"): TableRate(Decimal("0.123456789012"), "binance", HOUR + 2),
    Currency("X.Y-Z_$"): TableRate(Decimal("1E-30"), "kucoin", HOUR - 1),
    Currency("USD"): TableRate(Decimal("1E+30"), "binance+ecb", HOUR),
}


def table(hour: int = HOUR, base: Currency = BASE) -> HourlyTable:
    return HourlyTable(hour, base, RATES)


async def add(database: Database[QuotesRepositories], *tables: HourlyTable) -> list[bool]:
    async with database.writing() as unit:
        return [await unit.hourly_tables.add(each) for each in tables]


async def around(database: Database[QuotesRepositories], at: int, count: int = 1) -> list[HourlyTable]:
    async with database.reading() as unit:
        return list(await unit.hourly_tables.find_around(at, count, RATES))


async def test_a_table_is_read_back_to_the_digit(database: Database[QuotesRepositories]) -> None:
    assert await add(database, table()) == [True]
    (kept,) = await around(database, HOUR)
    assert kept == table()
    assert {code: str(each.rate) for code, each in kept.rates.items()} == {
        code: str(each.rate) for code, each in RATES.items()
    }


async def test_an_hour_has_one_table(database: Database[QuotesRepositories]) -> None:
    assert await add(database, table(), table(base=Currency("EUR"))) == [True, False]
    assert [each.base for each in await around(database, HOUR)] == [BASE]
    async with database.reading() as unit:
        assert (await unit.hourly_tables.has(HOUR), await unit.hourly_tables.has(HOUR + 3600)) == (True, False)


async def test_the_tables_around_a_moment_are_found(database: Database[QuotesRepositories]) -> None:
    assert await around(database, HOUR) == []
    await add(database, *(table(HOUR + number * 3600) for number in (5, 0, 2)))
    moments = (-1, [0, 2]), (0, [0, 2, 5]), (7199, [0, 2, 5]), (7200, [2, 0, 5]), (20 * 3600, [5, 2])
    for at, hours in moments:
        assert [(each.hour - HOUR) // 3600 for each in await around(database, HOUR + at, 2)] == hours
    assert [(each.hour - HOUR) // 3600 for each in await around(database, HOUR + 7200, 1)] == [2, 5]


async def test_tables_around_a_moment_have_the_rates_asked_for_alone(database: Database[QuotesRepositories]) -> None:
    await add(database, table(), table(HOUR + 3600))
    wanted = [Currency("BTC"), Currency("USD"), Currency("ETH")]
    async with database.reading() as unit:
        found = await unit.hourly_tables.find_around(HOUR, 1, wanted)
    assert [(each.hour, each.base, each.rates) for each in found] == [
        (hour, BASE, {code: RATES[code] for code in wanted[:2]}) for hour in (HOUR, HOUR + 3600)
    ]


async def test_the_last_two_tables_by_a_moment_are_found(database: Database[QuotesRepositories]) -> None:
    await add(database, *(table(HOUR + number * 3600) for number in (5, 0, 2)))
    for at, hours in ((-1, []), (0, [0]), (5 * 3600 - 1, [2, 0]), (5 * 3600, [5, 2])):
        async with database.reading() as unit:
            found = await unit.hourly_tables.find_last(HOUR + at)
        assert [(each.hour - HOUR) // 3600 for each in found] == hours
        assert all(each == table(each.hour) for each in found)


async def test_tables_are_listed_and_deleted_by_their_hours(database: Database[QuotesRepositories]) -> None:
    hours = [HOUR + number * 3600 for number in range(4)]
    await add(database, *map(table, hours))
    async with database.writing() as unit:
        await unit.hourly_tables.delete([hours[1], hours[3], 0])
        await unit.hourly_tables.delete([])
    async with database.reading() as unit:
        assert sorted(await unit.hourly_tables.list_hours(HOUR + 10**6)) == [hours[0], hours[2]]
        assert list(await unit.hourly_tables.list_hours(hours[2])) == [hours[0]]
