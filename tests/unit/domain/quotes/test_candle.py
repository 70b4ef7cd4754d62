"""Candles, by example and against a slow reference."""

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.quotes.candle import Candle, Candles, DatedRate, Interval, RateSummary

HOUR = 3600


def of(*rates: tuple[int, str]) -> list[tuple[int, Decimal]]:
    return [(moment, Decimal(rate)) for moment, rate in rates]


def candles(rates: Iterable[tuple[int, Decimal]], interval: Interval) -> list[Candle]:
    made = Candles(interval)
    for number, (moment, rate) in enumerate(rates):
        made.add(RateSummary.of(DatedRate(moment, number, rate)))
    return list(made)


def test_without_rates_there_are_no_candles() -> None:
    assert candles([], Interval.HOUR) == []


def test_a_single_rate_is_open_high_low_and_close() -> None:
    one = Decimal("0.1")
    assert candles([(HOUR + 5, one)], Interval.HOUR) == [Candle(HOUR, one, one, one, one, 1)]


def test_open_high_low_and_close_are_exact() -> None:
    rates = of((0, "2.10"), (1, "0.000000000001"), (2, "1E+30"), (HOUR - 1, "3"), (HOUR, "7"))
    assert candles(rates, Interval.HOUR) == [
        Candle(0, Decimal("2.1"), Decimal("1E+30"), Decimal("1E-12"), Decimal(3), 4),
        Candle(HOUR, Decimal(7), Decimal(7), Decimal(7), Decimal(7), 1),
    ]


def test_an_hour_without_a_rate_has_no_candle() -> None:
    found = candles(of((0, "1"), (5 * HOUR, "2")), Interval.HOUR)
    assert [candle.opened_at for candle in found] == [0, 5 * HOUR]


def test_days_begin_at_midnight_utc() -> None:
    found = candles(of((86399, "1"), (86400, "2"), (100_000, "3")), Interval.DAY)
    assert [(candle.opened_at, candle.count) for candle in found] == [(0, 1), (86400, 2)]


@given(
    st.lists(st.tuples(st.integers(0, 10 * 86400), st.decimals("0.001", "1000", places=3)), max_size=60).map(sorted),
    st.sampled_from(Interval),
)
def test_candles_equal_those_of_the_slow_reference(rates: list[tuple[int, Decimal]], interval: Interval) -> None:
    expected = []
    for span, group in groupby(rates, key=lambda rate: rate[0] // interval.seconds):
        values = [rate for _, rate in group]
        expected.append(Candle(span * interval.seconds, values[0], max(values), min(values), values[-1], len(values)))
    assert candles(rates, interval) == expected


@pytest.mark.parametrize(("interval", "seconds"), [("1h", 3600), ("1d", 86400)])
def test_intervals_are_an_hour_and_a_day(interval: str, seconds: int) -> None:
    assert Interval(interval).seconds == seconds


RATES = st.lists(
    st.tuples(st.integers(0, 3 * HOUR - 1), st.decimals("0.001", "1000", places=3), st.booleans()), max_size=60
)


@given(RATES, st.randoms(), st.sampled_from(Interval))
def test_summaries_of_hours_in_any_order_make_the_candles_of_their_rates(
    rates: list[tuple[int, Decimal, bool]], random: Random, interval: Interval
) -> None:
    dated = [DatedRate(moment, number, rate) for number, (moment, rate, _) in enumerate(rates)]
    by_hour_and_source: dict[tuple[int, bool], RateSummary] = {}
    for one, (moment, _, source) in random.sample(list(zip(dated, rates, strict=True)), len(rates)):
        key, summary = (moment // HOUR, source), RateSummary.of(one)
        known = by_hour_and_source.get(key)
        by_hour_and_source[key] = summary if known is None else known.merged(summary)
    made = Candles(interval)
    for summary in random.sample(list(by_hour_and_source.values()), len(by_hour_and_source)):
        made.add(summary)
    assert list(made) == candles([(each.observed_at, each.rate) for each in sorted(dated)], interval)
