"""What is told of the quotes that were recorded."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from application.health.database_probe import DatabaseProbe
from application.quotes.check_quotes import CheckQuotes, QuoteHealth, QuoteState
from application.quotes.latest_quotes import LatestQuotes
from application.quotes.list_quotes import ListQuotes
from application.quotes.newest_quotes import newest_quotes_of
from application.quotes.ports.quote_repository import Position, QuoteFilter
from application.quotes.read_candles import ReadCandles
from domain.pair import Pair
from domain.quotes.candle import Candle, Interval
from domain.quotes.errors import InvalidPeriod, NotRecorded
from domain.quotes.quote import Quote
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase

HOUR = 1_714_302_000
BTC_USD, ETH_USDT, UNKNOWN = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT"), Pair.parse("XYZ/USD")


async def recorded(*rows: tuple[Pair, int, str]) -> FakeDatabase:
    database = FakeDatabase()
    async with database.writing() as work:
        for pair, at, rate in rows:
            await work.quotes.add(Quote(pair, Decimal(rate), "alphavantage", at), at)
    return database


async def test_a_page_says_where_the_next_begins_only_when_there_is_one() -> None:
    database = await recorded(*((BTC_USD, HOUR + number, "1") for number in range(5)))
    list_quotes = ListQuotes(database)
    first = await list_quotes(QuoteFilter(), None, 3)
    assert [each.id for each in first.quotes] == [5, 4, 3]
    assert first.next == Position(HOUR + 2, 3)
    second = await list_quotes(QuoteFilter(), first.next, 3)
    assert ([each.id for each in second.quotes], second.next) == ([2, 1], None)
    assert (await list_quotes(QuoteFilter(), None, 5)).next is None
    assert (await list_quotes(QuoteFilter(pair=UNKNOWN), None, 5)).quotes == []


@pytest.mark.parametrize(("limit", "count"), [(None, 2500), (1, 1), (1000, 1000), (1001, 1001), (9999, 2500)])
async def test_each_quote_can_be_had_one_after_the_other(limit: int | None, count: int) -> None:
    database = await recorded(*((BTC_USD, HOUR + number, "1") for number in range(2500)))
    ids = [each.id async for each in ListQuotes(database).each(QuoteFilter(), None, limit)]
    assert ids == list(range(2500, 2500 - count, -1))


async def test_the_newest_of_a_pair_or_of_every_tracked_one_that_has_any() -> None:
    database = await recorded((BTC_USD, HOUR, "1"), (ETH_USDT, HOUR, "2"), (BTC_USD, HOUR + 1, "3"))
    latest = LatestQuotes(database, [ETH_USDT, UNKNOWN, BTC_USD])
    assert [str(each.quote.rate) for each in await latest(None)] == ["2", "3"]
    assert [str(each.quote.rate) for each in await latest(BTC_USD)] == ["3"]
    with pytest.raises(NotRecorded, match="XYZ/USD"):
        await latest(UNKNOWN)


def candle(opened_at: int, *rates: str) -> Candle:
    values = list(map(Decimal, rates))
    return Candle(opened_at, values[0], max(values), min(values), values[-1], len(values))


async def test_candles_are_of_the_pair_and_the_period_widened_to_whole_ones() -> None:
    database = await recorded(
        (BTC_USD, HOUR - 1, "9"),
        (BTC_USD, HOUR, "2"),
        (BTC_USD, HOUR + 1800, "1"),
        (ETH_USDT, HOUR + 1800, "7"),
        (BTC_USD, HOUR + 3599, "3"),
        (BTC_USD, HOUR + 7200, "4"),
    )
    read = ReadCandles(database, FakeClock(HOUR + 7300))
    whole = await read(BTC_USD, Interval.HOUR, source=None, since=HOUR + 100, until=HOUR + 3601)
    assert whole == [candle(HOUR, "2", "1", "3")]
    usual = await read(BTC_USD, Interval.HOUR, source=None, since=None, until=None)
    assert usual == [candle(HOUR - 3600, "9"), candle(HOUR, "2", "1", "3"), candle(HOUR + 7200, "4")]
    assert await read(BTC_USD, Interval.HOUR, source="exchanges", since=None, until=None) == []


async def test_the_candle_under_way_is_told_as_far_as_it_has_come() -> None:
    database = await recorded((BTC_USD, HOUR, "1"))
    read = ReadCandles(database, FakeClock(HOUR))
    assert await read(BTC_USD, Interval.HOUR, source=None, since=None, until=None) == [candle(HOUR, "1")]


@pytest.mark.parametrize(
    ("since", "until"),
    [(HOUR, HOUR), (HOUR + 3600, HOUR), (HOUR + 7200, None), (HOUR - 1000 * 3600, HOUR + 1)],
)
async def test_a_period_that_is_none_or_too_long_is_refused(since: int, until: int | None) -> None:
    with pytest.raises(InvalidPeriod):
        await ReadCandles(FakeDatabase(), FakeClock(HOUR))(
            BTC_USD, Interval.HOUR, source=None, since=since, until=until
        )


async def test_a_thousand_candles_are_not_too_many() -> None:
    read = ReadCandles(FakeDatabase(), FakeClock(HOUR))
    assert await read(BTC_USD, Interval.HOUR, source=None, since=HOUR - 1000 * 3600, until=HOUR) == []
    assert await read(BTC_USD, Interval.DAY, source=None, since=HOUR - 1000 * 86400, until=HOUR - 86400) == []


def checking(
    database: FakeDatabase, *tracked: Pair, at: float = HOUR, lacks: Mapping[Pair, str] | None = None
) -> CheckQuotes:
    clock = FakeClock(at)
    probe = DatabaseProbe(database, newest_quotes_of(tracked), clock)
    return CheckQuotes(newest=probe.answer, tracked=tracked, lacks=lacks or {}, clock=clock)


async def test_readiness_tells_fresh_stale_and_missing_pairs_and_what_they_lack() -> None:
    database = await recorded((BTC_USD, HOUR, "1"), (ETH_USDT, HOUR + 1, "2"))
    check = checking(database, BTC_USD, ETH_USDT, UNKNOWN, at=HOUR + 7201, lacks={UNKNOWN: "a key is needed"})
    assert await check() == [
        QuoteHealth(BTC_USD, QuoteState.STALE, 7201, "nothing was recorded for over 2 hours"),
        QuoteHealth(ETH_USDT, QuoteState.FRESH, 7200),
        QuoteHealth(UNKNOWN, QuoteState.MISSING, None, "a key is needed"),
    ]


async def test_a_rate_of_friday_that_was_recorded_now_is_fresh() -> None:
    database = FakeDatabase()
    async with database.writing() as work:
        await work.quotes.add(Quote(BTC_USD, Decimal(1), "alphavantage", HOUR - 100_000), HOUR)
    check = checking(database, BTC_USD, at=HOUR + 60)
    assert await check() == [QuoteHealth(BTC_USD, QuoteState.FRESH, 100_060)]


async def test_a_pair_that_was_never_recorded_is_missing() -> None:
    check = checking(FakeDatabase(), BTC_USD)
    assert await check() == [QuoteHealth(BTC_USD, QuoteState.MISSING, None, "nothing was recorded so far")]


async def test_without_the_database_nothing_is_known_of_any() -> None:
    database = FakeDatabase()
    database.is_down = True
    check = checking(database, BTC_USD)
    assert await check() == [QuoteHealth(BTC_USD, QuoteState.UNKNOWN)]


async def test_without_tracked_pairs_the_database_is_left_alone() -> None:
    database = FakeDatabase()
    database.is_down = True
    assert await checking(database)() == []
