"""Tables of an hour say what could be converted then, and are thinned so that no day is without one."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from domain.currency import Currency
from domain.quotes.hourly_table import HourlyTable, superfluous
from domain.quotes.past_conversion import PastConversion, across
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.routing import find_route
from tests.unit.domain.rates.markets import CURRENCIES, OBSERVED_AT, market, small_markets

HOUR, DAY = 1_714_302_000, 86400
BASE = Currency("USDT")

# Two recorded rates, each rounded to 12 digits, and one more rounding.
CLOSE = Decimal("2e-11")


@given(small_markets())
def test_across_a_table_is_what_converting_through_its_base_was_at_that_hour(
    rows: tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]],
) -> None:
    snapshot, others = market(*rows), [Currency(code) for code in CURRENCIES if code != BASE]
    routes = {code: find_route(snapshot, BASE, code) for code in others}
    priced = {code: route for code, route in routes.items() if route is not None}
    made = [Conversion.along(route, Decimal(1), RateType.MID) for route in priced.values()]
    table = HourlyTable.of(HOUR, BASE, made, without=())
    assert table.rates.keys() == priced.keys()
    for code, route in priced.items():
        back = find_route(snapshot, code, BASE)
        assert back is not None
        if {leg.symbol for leg in back.legs} != {leg.symbol for leg in route.legs}:
            continue  # another route is exactly as cheap, and the way back takes that one
        assert table.rates[code] == (back.rate(RateType.MID), "binance", int(OBSERVED_AT))
        steps = across(table, (code, BASE))
        assert steps is not None
        found = PastConversion.along((code, BASE), Decimal(3), HOUR, steps)
        assert (found.rate, found.result) == (back.rate(RateType.MID), 3 * back.rate(RateType.MID))
    for start in priced:
        for end in priced:
            steps = across(table, (start, end))
            assert steps is not None
            if start == end:
                continue
            (up, down), (on, off) = (priced[code].exact(RateType.MID) for code in (start, end))
            exact = (down * on) / (up * off)  # start -> base -> end
            rate = PastConversion.along((start, end), Decimal(1), HOUR, steps).rate
            assert abs(rate / exact - 1) < CLOSE


def test_a_table_knows_only_what_it_has() -> None:
    table = HourlyTable(HOUR, BASE, {})
    assert across(table, (Currency("BTC"), BASE)) is None
    assert across(table, (BASE, Currency("BTC"))) is None


def test_a_bank_s_own_rates_are_left_out_and_an_exchange_s_are_as_old_as_its_oldest() -> None:
    tight = market([("AB", "A", "USDT"), ("CB", "C", "USDT")], [("AB", "1", "3"), ("CB", "4", "4")])
    routes = [find_route(tight, BASE, Currency(code)) for code in ("A", "C")]
    made = [Conversion.along(route, Decimal(1), RateType.MID) for route in routes if route is not None]
    assert HourlyTable.of(HOUR, BASE, made, without=["binance"]).rates == {}
    table = HourlyTable.of(HOUR, BASE, made, without=["ecb"])
    assert {code: each.rate for code, each in table.rates.items()} == {"A": 2, "C": 4}
    older = made[1].route._replace(observed_at=OBSERVED_AT - 40)
    aged = [made[0], Conversion.along(older, Decimal(1), RateType.MID)]
    for each in aged, aged[::-1]:
        rates = HourlyTable.of(HOUR, BASE, each, without=["ecb"]).rates
        assert [rate.observed_at for rate in rates.values()] == [int(OBSERVED_AT) - 40] * 2


HOURS = st.sets(st.integers(0, 24 * 40).map(lambda number: number * 3600))


@given(HOURS, st.integers(0, 40), st.integers(0, 40))
def test_each_old_day_keeps_the_table_nearest_to_its_noon(hours: set[int], one: int, other: int) -> None:
    daily_since, hourly_since = sorted((one * DAY, other * DAY))
    gone = superfluous(hours, hourly_since=hourly_since, daily_since=daily_since)
    kept = hours - set(gone)
    assert len(gone) == len(set(gone))
    assert {hour for hour in hours if hour >= hourly_since} <= kept
    assert all(hour >= daily_since for hour in kept)
    for day in {hour // DAY for hour in hours if daily_since <= hour < hourly_since}:
        of_day = [hour for hour in hours if hour // DAY == day]
        (left,) = (hour for hour in kept if hour // DAY == day)
        assert abs(left % DAY - 12 * 3600) == min(abs(hour % DAY - 12 * 3600) for hour in of_day)
    assert superfluous(kept, hourly_since=hourly_since, daily_since=daily_since) == []
