"""The summaries of hours make the same candles as the quotes themselves."""

import asyncio
from decimal import Decimal
from itertools import groupby
from random import Random

import pytest

from application.ports.database import Database
from application.quotes.ports.quote_repository import QuoteFilter
from application.quotes.ports.repositories import QuotesRepositories
from application.quotes.read_candles import ReadCandles
from domain.pair import Pair
from domain.quotes.candle import Candle, Interval
from domain.quotes.quote import Quote
from tests.unit.fakes.clock import FakeClock

NOON = 1_714_305_600
HOUR, DAY = 3600, 86400
BTC_USD, ETH_USDT = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT")


def quote(at: int, rate: str, source: str = "exchanges", pair: Pair = BTC_USD) -> Quote:
    return Quote(pair, Decimal(rate), source, at)


async def candles(
    database: Database[QuotesRepositories], interval: Interval, source: str | None = None, pair: Pair = BTC_USD
) -> list[Candle]:
    """Return the candles of the ten days around noon."""
    read = ReadCandles(database, FakeClock(NOON))
    return await read(pair, interval, source=source, since=NOON - 5 * DAY, until=NOON + 5 * DAY)


async def computed(
    database: Database[QuotesRepositories], interval: Interval, source: str | None, pair: Pair
) -> list[Candle]:
    """Compute candles from every quote, one by one."""
    async with database.reading() as unit:
        newest_first = await unit.quotes.list_page(QuoteFilter(pair, source), None, 1000)
    made = []
    for span, group in groupby(reversed(newest_first), lambda each: each.quote.observed_at // interval.seconds):
        rates = [each.quote.rate for each in group]
        made.append(Candle(span * interval.seconds, rates[0], max(rates), min(rates), rates[-1], len(rates)))
    return made


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("interval", Interval)
async def test_candles_are_those_of_the_quotes_in_whatever_order_these_were_added(
    database: Database[QuotesRepositories], interval: Interval, seed: int
) -> None:
    random = Random(seed)  # noqa: S311 -- an order of quotes, no secret
    moments = [random.randrange(NOON - 2 * DAY, NOON + DAY) for _ in range(12)]
    for _ in range(60):
        at, rate = random.choice(moments) + random.choice([0, 0, 1]), str(Decimal(random.randrange(1, 5000)).scaleb(-3))
        added = quote(at, rate, random.choice(["exchanges", "alphavantage"]), random.choice([BTC_USD, ETH_USDT]))
        async with database.writing() as unit:
            if random.random() < 0.5:
                await unit.quotes.add(added, NOON)
            else:
                await unit.quotes.add_for_hour(added, NOON, at // HOUR * HOUR)
    for pair in (BTC_USD, ETH_USDT):
        for source in (None, "exchanges", "alphavantage", "nobody"):
            expected = await computed(database, interval, source, pair)
            assert await candles(database, interval, source, pair) == expected


async def test_a_quote_that_an_hour_does_not_take_is_in_no_candle(database: Database[QuotesRepositories]) -> None:
    async with database.writing() as unit:
        await unit.quotes.add_for_hour(quote(NOON, "2"), NOON, NOON)
        assert await unit.quotes.add_for_hour(quote(NOON + 1, "9"), NOON, NOON) is None
    two = Decimal(2)
    assert await candles(database, Interval.HOUR) == [Candle(NOON, two, two, two, two, 1)]


async def test_a_quote_that_is_not_kept_after_all_is_in_no_candle(database: Database[QuotesRepositories]) -> None:
    async def break_off() -> None:
        async with database.writing() as unit:
            await unit.quotes.add(quote(NOON, "2"), NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await break_off()
    assert await candles(database, Interval.HOUR) == []


async def test_quotes_recorded_at_once_are_all_counted(database: Database[QuotesRepositories]) -> None:
    async def record(number: int) -> None:
        async with database.writing() as unit:
            await unit.quotes.add(quote(NOON + number, str(1 + number)), NOON)

    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(record(number))
    one, eight = Decimal(1), Decimal(8)
    assert await candles(database, Interval.HOUR) == [Candle(NOON, one, eight, one, eight, 8)]
