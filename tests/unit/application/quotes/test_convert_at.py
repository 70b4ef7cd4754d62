"""Conversions at a past moment use what is recorded nearest to it, and never anything of now."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from application.quotes.convert_at import ConvertAt
from application.rates.reference_rates_at import ReferenceRatesAt
from domain.currency import Currency
from domain.errors import InvalidInput
from domain.pair import Pair, Side
from domain.quotes.errors import NothingRecorded, NothingToConvert, NotInThePast, OnlyMid, OnlyOneExchange
from domain.quotes.hourly_table import HourlyTable, TableRate
from domain.quotes.past_conversion import PastConversion
from domain.quotes.quote import PricedLeg, Quote, hour_of
from domain.rates.bank_days import published_at
from domain.rates.book import FurtherRateType, RateType
from domain.rates.errors import UnknownExchange
from entrypoints.settings.quotes import QuoteSettings
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase

FRIDAY = date(2023, 4, 21)
PUBLISHED = int(published_at(FRIDAY))
SUNDAY = PUBLISHED + 2 * 86400
BOUND = 7200
NOW = SUNDAY + 30 * 86400

Row = tuple[str, int, str]


def refuse_unknown(exchange: str) -> None:
    if exchange.lower() not in {"binance", "kucoin", "okx", "ecb"}:
        raise UnknownExchange(exchange, ["binance", "kucoin", "okx", "ecb"])


class Past:
    """What is recorded, and conversions by it. The bank has published on Friday."""

    def __init__(self) -> None:
        self.database = FakeDatabase()
        self.database.rows.reference_rates["ecb", FRIDAY] = publication(FRIDAY)
        self.convert = self.bounded_by(BOUND)

    def bounded_by(self, max_seconds: int) -> ConvertAt:
        return ConvertAt(
            database=self.database,
            rates_at=ReferenceRatesAt(self.database, "ecb"),
            clock=FakeClock(NOW),
            max_seconds=max_seconds,
            refuse_unknown=refuse_unknown,
        )

    def table(self, observed_at: int, rates: Mapping[str, str], exchange: str = "binance", hour: int = 0) -> None:
        start = hour or hour_of(observed_at)
        in_table = {Currency(code): TableRate(Decimal(rate), exchange, observed_at) for code, rate in rates.items()}
        self.database.rows.hourly_tables[start] = HourlyTable(start, Currency("USDT"), in_table)

    async def record(self, *rows: Row, exchange: str | None = None, symbol: str | None = None) -> None:
        async with self.database.writing() as unit:
            for pair, at, rate in rows:
                leg = PricedLeg(exchange or "", symbol or pair.replace("/", "-"), Side.SELL, Decimal(rate), at)
                source = "exchanges" if exchange else "alphavantage"
                await unit.quotes.add(
                    Quote(Pair.parse(pair), Decimal(rate), source, at, (leg,) if exchange else ()), at
                )

    async def __call__(self, start: str, end: str, at: int = SUNDAY, **more: Any) -> PastConversion:  # noqa: ANN401
        ends = Currency(start), Currency(end)
        return await self.convert(at=at, amount=Decimal("2.5"), currency_from=ends[0], currency_to=ends[1], **more)


async def test_the_nearest_rate_counts_whether_before_or_after() -> None:
    past = Past()
    await past.record(("BTC/USD", SUNDAY - 600, "100"), ("BTC/USD", SUNDAY + 599, "101"), ("BTC/USD", NOW, "500"))
    found = await past("BTC", "USD")
    assert (found.rate, found.result, found.updated_at, found.seconds_from_at) == (
        Decimal(101),
        Decimal("252.5"),
        SUNDAY + 599,
        599,
    )
    assert [(each.quote_id, each.source, each.exchange) for each in found.recorded] == [(2, "alphavantage", None)]
    assert found.exchange == "alphavantage"
    earlier = await past("BTC", "USD", SUNDAY - 1)
    assert (earlier.rate, earlier.seconds_from_at) == (Decimal(100), -599)
    same_distance = await past("BTC", "USD", SUNDAY, cache_max_seconds=600)
    assert same_distance.rate == 101


async def test_of_two_as_far_away_the_earlier_counts() -> None:
    past = Past()
    await past.record(("BTC/USD", SUNDAY + 60, "2"), ("BTC/USD", SUNDAY - 60, "1"))
    assert (await past("BTC", "USD")).rate == 1


async def test_a_rate_recorded_the_other_way_round_is_inverted_and_says_so() -> None:
    past = Past()
    await past.record(("BTC/USD", SUNDAY, "3"))
    found = await past("USD", "BTC")
    assert (found.rate, found.result) == (Decimal("0.333333333333"), Decimal("0.8333333333325"))
    assert [(str(each.pair), each.side, each.is_inverse, each.rate) for each in found.recorded] == [
        ("BTC/USD", Side.BUY, True, Decimal(3))
    ]


async def test_nothing_beyond_the_bound_counts_and_the_nearest_moment_is_told() -> None:
    past = Past()
    await past.record(("BTC/USD", SUNDAY - BOUND - 1, "1"), ("USD/BTC", SUNDAY + BOUND + 5, "1"))
    with pytest.raises(NothingRecorded) as raised:
        await past("BTC", "USD")
    assert (raised.value.nearest, raised.value.within_seconds) == (SUNDAY - BOUND - 1, BOUND)
    assert (await past("BTC", "USD", SUNDAY - 1)).rate == 1
    with pytest.raises(NothingRecorded):
        await past("BTC", "USD", SUNDAY - 1, cache_max_seconds=BOUND - 1)
    with pytest.raises(NothingRecorded) as raised:
        await past("BTC", "USD", cache_max_seconds=10**9)
    assert raised.value.within_seconds == BOUND  # the setting is the most
    with pytest.raises(NothingRecorded) as raised:
        await past("XYZ", "USDT")
    assert raised.value.nearest is None


async def test_on_a_sunday_the_bank_s_rates_of_friday_count_however_far_and_say_so() -> None:
    found = await Past()("USD", "GBP", cache_max_seconds=0)
    assert found.rate == Decimal("0.803344877871")
    assert (found.exchange, found.updated_at) == ("ecb", PUBLISHED)
    assert [(str(each.pair), each.published, each.is_inverse) for each in found.recorded] == [
        ("EUR/USD", FRIDAY, True),
        ("EUR/GBP", FRIDAY, False),
    ]


async def test_the_bank_s_rates_do_not_count_before_their_publication_or_after_a_missed_one() -> None:
    past = Past()
    with pytest.raises(NothingRecorded) as raised:
        await past("USD", "GBP", PUBLISHED - 1)
    assert raised.value.nearest is None
    with pytest.raises(NothingRecorded) as raised:
        await past("USD", "GBP", PUBLISHED + 4 * 86400)
    assert raised.value.nearest == PUBLISHED


async def test_a_rate_recorded_nearer_than_the_bank_s_publication_counts_instead() -> None:
    past = Past()
    await past.record(("EUR/USD", SUNDAY - 60, "2"))
    assert (await past("EUR", "USD")).exchange == "alphavantage"
    assert (await past("EUR", "USD", exchange="ECB")).exchange == "ecb"


async def test_the_bank_completes_what_is_recorded_in_another_state_currency() -> None:
    past = Past()
    await past.record(("BTC/USD", SUNDAY - 60, "10972"), ("BTC/JPY", SUNDAY - 61, "1"))
    for start, end, rate in (("BTC", "EUR", "10000"), ("EUR", "BTC", "0.0001")):
        found = await past(start, end)
        assert (found.rate, found.exchange, found.updated_at) == (Decimal(rate), "alphavantage+ecb", SUNDAY - 60)
    with pytest.raises(NothingRecorded) as raised:
        await past("BTC", "EUR", SUNDAY + BOUND)
    assert raised.value.nearest == SUNDAY - 60


async def test_with_an_exchange_only_what_it_gave_alone_counts() -> None:
    past = Past()
    await past.record(("BTC/USDT", SUNDAY - 1, "1"), exchange="binance")
    await past.record(("BTC/USDT", SUNDAY + 600, "2"), exchange="kucoin")
    assert (await past("BTC", "USDT")).rate == 1
    found = await past("BTC", "USDT", exchange="KuCoin")
    assert (found.rate, found.exchange, found.recorded[0].legs[0].exchange) == (Decimal(2), "kucoin", "kucoin")
    with pytest.raises(NothingRecorded):
        await past("BTC", "USDT", exchange="okx")


async def test_in_the_first_minutes_of_an_hour_the_table_of_the_hour_before_may_be_the_nearest() -> None:
    past = Past()
    hour = hour_of(SUNDAY)
    for number, rates in ((-1, {"BTC": "1", "TRX": "10"}), (0, {"BTC": "2"}), (1, {"BTC": "3", "TRX": "30"})):
        past.table(hour + number * 3600 + 300, rates)
    for at in (hour, hour + 299):
        found = await past("BTC", "USDT", at)
        assert (found.rate, found.updated_at) == (Decimal(2), hour + 300)
        # The table of this hour lacks it: an exchange did not answer.
        before = await past("TRX", "USDT", at)
        assert (before.rate, before.updated_at) == (Decimal(10), hour - 3300)
    assert (await past("TRX", "USDT", hour + 3599)).rate == 30


@pytest.mark.parametrize(
    ("asked", "exchange", "rate"),
    [
        (("XBT", "USDT"), None, "64000"),
        (("USDT", "XBT"), None, "0.000015625"),
        (("WAX", "USDT"), "KuCoin", "0.5"),
        (("WAXP", "USDT"), None, "0.5"),
        (("BIFI", "USDT"), "kucoin", "0.25"),
        (("BIFI.KUCOIN", "USDT"), None, "0.25"),
        (("BIFI", "USDT"), None, "320"),
        (("SATS", "USDT"), None, "0.0002"),
        (("USDT", "SATS"), "binance", "5000"),
        (("BIFI", "SATS"), None, "1600000"),
        (("1000SATS", "BIFI"), None, "0.000625"),
        (("CAT", "USDT"), None, "0.003"),
        (("USDT", "CAT"), None, "333.333333333"),
        (("1000CHEEMS", "USDT"), None, "7000"),
    ],
    ids=str,
)
async def test_every_name_that_converts_now_converts_then(
    asked: tuple[str, str], exchange: str | None, rate: str
) -> None:
    past = Past()
    past.table(SUNDAY - 60, {"BTC": "64000", "BIFI": "320", "1000SATS": "0.2"})
    past.table(SUNDAY - 3660, {"WAXP": "0.5", "BIFI.KUCOIN": "0.25"}, "kucoin")
    await past.record(("1000CAT/USDT", SUNDAY - 60, "3"), exchange="binance", symbol="1000CATUSDT")
    await past.record(("USDT/CHEEMS", SUNDAY - 60, "0.142857142857"), exchange="binance")
    found = await past(*asked, exchange=exchange)
    assert abs(found.rate / Decimal(rate) - 1) < Decimal("1e-11")
    assert (found.currency_from, found.currency_to) == asked
    product = Decimal(1)
    for each in found.recorded:
        product = product / each.rate if each.is_inverse else product * each.rate
    assert abs(product / found.rate - 1) < Decimal("1e-11")


async def test_an_unknown_exchange_is_refused_unless_it_is_known_from_records() -> None:
    past = Past()
    await past.record(("BTC/USDT", SUNDAY, "1"), exchange="gone")
    with pytest.raises(UnknownExchange):
        await past("BTC", "USDT", exchange="nowhere")
    with pytest.raises(UnknownExchange):
        await past("BTC", "EUR", exchange="gone")
    assert (await past("BTC", "USDT", exchange="gone")).rate == 1


async def test_a_record_from_before_the_table_of_tickers_is_of_the_coin_that_its_exchange_meant() -> None:
    past = Past()
    await past.record(("BIFI/USDT", SUNDAY, "0.35"), ("WAX/USDT", SUNDAY, "0.04"), exchange="kucoin")
    await past.record(("BIFI/USDT", SUNDAY + 9, "308"), exchange="binance", symbol="BIFIUSDT")
    assert (await past("BIFI", "USDT")).rate == 308
    assert (await past("USDT", "BIFI.KUCOIN", SUNDAY - 1)).recorded[0].rate == Decimal("0.35")
    assert (await past("BIFI", "USDT", exchange="kucoin")).rate == Decimal("0.35")
    assert (await past("WAXP", "USDT")).rate == Decimal("0.04")
    assert (await past("WAX", "USDT")).rate == Decimal("0.04")


async def test_an_exchange_that_is_named_leaves_the_bank_out() -> None:
    past = Past()
    await past.record(("USD/GBP", SUNDAY - BOUND, "0.8"), exchange="kucoin")
    assert (await past("USD", "GBP")).exchange == "kucoin"
    with pytest.raises(NothingRecorded):
        await past("USD", "GBP", SUNDAY + 1, exchange="kucoin")
    assert (await past("USD", "GBP", SUNDAY + 1)).exchange == "ecb"
    await past.record(("BTC/USD", SUNDAY, "64000"), exchange="kucoin")
    with pytest.raises(NothingRecorded):
        await past("BTC", "GBP", exchange="kucoin")


async def test_the_nearest_rate_of_a_table_counts_whatever_the_minute_of_its_hour_and_whichever_rows_lack_it() -> None:
    past = Past()
    day = SUNDAY // 86400 * 86400
    late, next_late, early = day + 10 * 3600 + 3000, day + 11 * 3600 + 3000, day + 12 * 3600 + 10
    past.table(late, {"COINA": "10", "COINB": "2"})
    past.table(next_late, {"COINB": "4"})
    past.table(early, {"COINA": "12", "COINB": "8"})
    asked_at = day + 11 * 3600 + 300
    for more in {}, {"cache_max_seconds": 1200}:
        for code, rate in (("COINA", Decimal(10)), ("COINB", Decimal(2))):
            found = await past(code, "USDT", asked_at, **more)
            assert (found.rate, found.seconds_from_at) == (rate, -900)
    with pytest.raises(NothingRecorded) as raised:
        await past("COINA", "USDT", asked_at, cache_max_seconds=899)
    assert raised.value.nearest == late


async def test_by_default_one_table_a_day_answers_for_any_moment() -> None:
    past, noon = Past(), SUNDAY // 86400 * 86400 + 12 * 3600
    past.table(noon - 5, {"BTC": "1"}, hour=noon)
    past.table(noon + 86400 + 3599, {"BTC": "2"})
    past.convert = past.bounded_by(QuoteSettings.model_fields["at_max_seconds"].default)
    found = [(await past("BTC", "USDT", at)).rate for at in range(noon, noon + 86400, 1800)]
    assert sorted(found) == found
    assert set(found) == {1, 2}


@pytest.mark.parametrize(
    ("asked", "error", "message"),
    [
        ({"at": NOW}, NotInThePast, "must be in the past, before 2023-05-23T14:00:00Z"),
        ({"at": NOW + 10**6}, NotInThePast, "leave it out"),
        ({"end": "BTC"}, NothingToConvert, "another currency"),
        ({"rate_type": RateType.EXECUTABLE}, OnlyMid, "must be mid"),
        ({"rate_type": FurtherRateType.MEDIAN}, OnlyMid, "must be mid"),
        ({"exchange": "BEST"}, OnlyOneExchange, "name of an exchange"),
    ],
    ids=str,
)
async def test_what_cannot_be_asked_of_the_past_is_said_plainly(
    asked: Mapping[str, Any], error: type[InvalidInput], message: str
) -> None:
    past = Past()
    await past.record(("BTC/USD", NOW - 1, "1"))
    with pytest.raises(error, match=message):
        await past("BTC", **{"end": "USD", **asked})
