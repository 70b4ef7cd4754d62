"""A database with some quotes in it."""

from decimal import Decimal

from domain.pair import Pair
from domain.quotes.quote import Quote
from tests.unit.fakes.database import FakeDatabase

HOUR = 1_714_302_000
BTC_USD, ETH_USDT, UNKNOWN = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT"), Pair.parse("XYZ/USD")


async def recorded(*rows: tuple[Pair, int, str]) -> FakeDatabase:
    database = FakeDatabase()
    async with database.writing() as work:
        for pair, at, rate in rows:
            await work.quotes.add(Quote(pair, Decimal(rate), "alphavantage", at), at)
    return database
