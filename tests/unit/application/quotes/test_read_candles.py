"""Candles of the recorded rate of a pair."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import pytest

from application.quotes import read_candles
from application.quotes.read_candles import ReadCandles
from domain.quotes.candle import Candle, Candles, Interval, RateSummary
from domain.quotes.errors import InvalidPeriod
from tests.unit.application.quotes.recorded import BTC_USD, ETH_USDT, HOUR, recorded
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.slices import ROWS_PER_SLICE, most_during_a_request, rows_take_a_tenth_of_a_slice


def candle(opened_at: int, *rates: str) -> Candle:
    values = list(map(Decimal, rates))
    return Candle(opened_at, values[0], max(values), min(values), values[-1], len(values))


async def test_candles_cover_the_period_widened_to_whole_ones() -> None:
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


async def test_the_current_candle_is_returned_as_far_as_it_goes() -> None:
    database = await recorded((BTC_USD, HOUR, "1"))
    read = ReadCandles(database, FakeClock(HOUR))
    assert await read(BTC_USD, Interval.HOUR, source=None, since=None, until=None) == [candle(HOUR, "1")]


@pytest.mark.parametrize(
    ("since", "until"),
    [(HOUR, HOUR), (HOUR + 3600, HOUR), (HOUR + 7200, None), (HOUR - 1000 * 3600, HOUR + 1)],
)
async def test_an_empty_or_too_long_period_is_rejected(since: int, until: int | None) -> None:
    with pytest.raises(InvalidPeriod):
        await ReadCandles(FakeDatabase(), FakeClock(HOUR))(
            BTC_USD, Interval.HOUR, source=None, since=since, until=until
        )


async def test_a_thousand_candles_are_not_too_many() -> None:
    read = ReadCandles(FakeDatabase(), FakeClock(HOUR))
    assert await read(BTC_USD, Interval.HOUR, source=None, since=HOUR - 1000 * 3600, until=HOUR) == []
    assert await read(BTC_USD, Interval.DAY, source=None, since=HOUR - 1000 * 86400, until=HOUR - 86400) == []


async def test_many_hours_are_read_and_made_into_candles_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = 0

    class Counted(Candles):
        def add(self, summary: RateSummary) -> None:
            nonlocal rows
            rows += 1
            super().add(summary)

        def __iter__(self) -> Iterator[Candle]:
            nonlocal rows
            for made in super().__iter__():
                rows += 1
                yield made

    monkeypatch.setattr(read_candles, "Candles", Counted)
    database = await recorded(*((BTC_USD, HOUR + 3600 * hour, "1") for hour in range(200)))
    read = ReadCandles(database, FakeClock(HOUR))
    rows_take_a_tenth_of_a_slice(monkeypatch)
    reading: asyncio.Task[object] = asyncio.create_task(
        read(BTC_USD, Interval.HOUR, source=None, since=HOUR, until=HOUR + 200 * 3600)
    )
    assert await most_during_a_request([reading], lambda: rows) <= 2 * ROWS_PER_SLICE
    assert await reading == [candle(HOUR + 3600 * hour, "1") for hour in range(200)]
    assert rows == 400
