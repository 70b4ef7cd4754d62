"""What currencies were worth at a past moment."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal

import pytest

from application.quotes.convert_at import ConvertAt
from application.rates.reference_rates_at import ReferenceRatesAt
from application.wallets.recorded_prices import USUAL_AGE_SECONDS, RecordedPrices
from domain.currency import Currency
from domain.pair import Pair, Side
from domain.quotes.hourly_table import HourlyTable, TableRate
from domain.quotes.quote import HOUR_SECONDS, PricedLeg, Quote, hour_of
from domain.rates.bank_days import published_at
from domain.rates.reference_rates import ReferenceRates
from domain.wallets.valuation import NoPrice, Price, Pricing
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase, FakeRepositories

FRIDAY = date(2024, 4, 26)
RATES = ReferenceRates("ecb", FRIDAY, {Currency("USD"): Decimal("1.07"), Currency("JPY"): Decimal("168.56")})
SUNDAY = int(published_at(FRIDAY)) + 2 * 86400


async def price_of(
    code: str, to: str, at: int = SUNDAY, exchange: str | None = None, recorded: str = "BTC/EUR"
) -> Pricing:
    database = FakeDatabase()
    async with database.writing() as unit:
        await unit.reference_rates.put([RATES])
        await unit.quotes.add(Quote(Pair.parse(recorded), Decimal(1), "alphavantage", SUNDAY - 9999), SUNDAY)
        await unit.quotes.add(Quote(Pair.parse("BTC/USD"), Decimal(64000), "alphavantage", SUNDAY), SUNDAY)
    find = RecordedPrices(database, ReferenceRatesAt(database, "ecb"))
    prices = await find([Currency(code)], Currency(to), at=at, max_age_seconds=None, exchange=exchange)
    return prices[Currency(code)]


@pytest.mark.parametrize(
    ("code", "to", "rate"), [("EUR", "USD", "1.07"), ("USD", "EUR", "0.934579439252"), ("USD", "JPY", "157.53271028")]
)
async def test_the_bank_says_what_one_state_currency_was_worth_in_another(code: str, to: str, rate: str) -> None:
    price = await price_of(code, to)
    assert isinstance(price, Price)
    assert (price.rate, price.source, price.stale_reason) == (Decimal(rate), "ecb", None)
    assert price.observed_at == published_at(FRIDAY)


async def test_a_recorded_rate_comes_first_and_no_coin_is_valued_by_the_bank_alone() -> None:
    recorded = await price_of("BTC", "USD")
    assert isinstance(recorded, Price)
    assert (recorded.rate, recorded.source) == (Decimal(64000), "alphavantage")
    assert await price_of("XRP", "USD") == NoPrice("no rate was recorded by then")


async def test_a_recorded_rate_that_is_too_old_gives_way_to_the_banks() -> None:
    assert await price_of("EUR", "JPY", recorded="EUR/JPY") == await price_of("EUR", "JPY")


@pytest.mark.parametrize("exchange", ["ecb", "ECB"])
async def test_the_bank_may_be_named(exchange: str) -> None:
    assert isinstance(await price_of("EUR", "USD", exchange=exchange), Price)


async def test_another_exchange_alone_has_no_price_of_the_bank() -> None:
    assert isinstance(await price_of("EUR", "USD", exchange="binance"), NoPrice)


async def test_before_the_first_day_there_is_no_price() -> None:
    assert isinstance(await price_of("EUR", "USD", at=SUNDAY - 30 * 86400), NoPrice)


async def recorded_price(code: str, to: str, *quotes: Quote, exchange: str | None = None) -> Pricing:
    database = FakeDatabase()
    async with database.writing() as unit:
        await unit.reference_rates.put([RATES])
        for quote in quotes:
            await unit.quotes.add(quote, SUNDAY)
    find = RecordedPrices(database, ReferenceRatesAt(database, "ecb"), [Pair.parse("KCS/XYZ")])
    prices = await find([Currency(code)], Currency(to), at=SUNDAY, max_age_seconds=None, exchange=exchange)
    return prices[Currency(code)]


def at(pair: str, rate: str, exchange: str = "binance", age: int = 60) -> Quote:
    legs = (PricedLeg(exchange, pair.replace("/", ""), Side.SELL, Decimal(rate), SUNDAY - age),)
    return Quote(Pair.parse(pair), Decimal(rate), "exchanges", SUNDAY - age, legs)


@pytest.mark.parametrize(
    ("quotes", "rate", "source", "age"),
    [
        ((at("ETH/USDT", "3000", age=90), at("BTC/USDT", "60000")), "0.05", "binance", 90),
        ((at("ETH/USDT", "3000"), at("USDT/BTC", "0.00002", "kucoin")), "0.06", "binance+kucoin", 60),
        ((at("ETH/XYZ", "8"), at("XYZ/BTC", "0.01")), "0.08", "binance", 60),
        (
            (at("ETH/USDT", "1"), at("BTC/USDT", "2", age=9999), at("ETH/EUR", "3"), at("BTC/EUR", "4")),
            "0.75",
            "binance",
            60,
        ),
    ],
    ids=["both the same way round", "of two exchanges", "through what is recorded", "the one that is in time"],
)
async def test_two_recorded_steps_make_a_price(quotes: tuple[Quote, ...], rate: str, source: str, age: int) -> None:
    price = await recorded_price("ETH", "BTC", *quotes)
    assert isinstance(price, Price)
    assert (price.rate, price.source, price.observed_at) == (Decimal(rate), source, SUNDAY - age)
    assert price.stale_reason is None


async def test_one_of_two_steps_may_be_the_banks() -> None:
    price = await recorded_price("BTC", "JPY", at("BTC/USD", "60000"))
    assert isinstance(price, Price)
    assert (price.rate, price.source) == (Decimal("157.53271028") * 60000, "binance+ecb")
    assert price.observed_at == published_at(FRIDAY)
    assert isinstance(await recorded_price("JPY", "BTC", at("BTC/USD", "60000")), Price)


async def test_a_recorded_rate_in_time_comes_before_two_steps_and_these_before_an_old_one() -> None:
    steps = (at("ETH/USDT", "3000"), at("BTC/USDT", "60000"))
    direct = await recorded_price("ETH", "BTC", *steps, at("ETH/BTC", "0.04"))
    late = await recorded_price("ETH", "BTC", *steps, at("ETH/BTC", "0.04", age=9999))
    assert isinstance(direct, Price)
    assert isinstance(late, Price)
    assert (direct.rate, late.rate) == (Decimal("0.04"), Decimal("0.05"))
    old = await recorded_price("ETH", "BTC", at("ETH/USDT", "3000", age=8000), at("BTC/USDT", "60000"))
    assert isinstance(old, Price)
    assert old.stale_reason == "the last rate by then was 8000 s old"


async def test_of_one_exchange_its_own_newest_rates_count_even_if_others_gave_later_ones() -> None:
    quotes = (at("BTC/USDT", "1", "kucoin", 600), at("BTC/USDT", "2", "binance", 60), at("ETH/USDT", "3", "binance"))
    price = await recorded_price("BTC", "USDT", *quotes, exchange="KuCoin")
    assert isinstance(price, Price)
    assert (price.rate, price.source, price.stale_reason) == (Decimal(1), "kucoin", None)
    assert isinstance(await recorded_price("ETH", "BTC", *quotes, exchange="kucoin"), NoPrice)
    assert isinstance(await recorded_price("BTC", "JPY", at("BTC/USD", "1"), exchange="binance"), NoPrice)


HOUR = hour_of(SUNDAY)
NOON = {"BTC": ("60000", "binance"), "EUR": ("1.1", "binance"), "KCS": ("9", "kucoin"), "TRX": ("0.5", "binance+ecb")}


def recorded_hourly(*hours: tuple[int, int, dict[str, tuple[str, str]]]) -> FakeDatabase:
    """Record tables: the number of the hour, how long after its beginning, and rates in USDT."""
    database = FakeDatabase()
    database.rows.reference_rates["ecb", FRIDAY] = RATES
    for number, seconds, rates in hours:
        hour = HOUR + number * HOUR_SECONDS
        in_table = {
            Currency(code): TableRate(Decimal(rate), exchange, hour + seconds)
            for code, (rate, exchange) in rates.items()
        }
        database.rows.hourly_tables[hour] = HourlyTable(hour, Currency("USDT"), in_table)
    return database


async def hourly_prices(
    database: FakeDatabase, codes: str, to: str, at: int, exchange: str | None = None
) -> dict[Currency, Pricing]:
    find = RecordedPrices(database, ReferenceRatesAt(database, "ecb"))
    wanted = map(Currency, codes.split())
    return await find(wanted, Currency(to), at=at, max_age_seconds=None, exchange=exchange)


def told(prices: Mapping[Currency, Pricing]) -> dict[str, tuple[str, str, int] | None]:
    return {
        code: (str(price.rate.normalize()), price.source, int(price.observed_at) - HOUR)
        if isinstance(price, Price)
        else None
        for code, price in prices.items()
    }


async def test_hourly_tables_value_whatever_they_have_straight_inverse_or_across() -> None:
    database = recorded_hourly((0, 5, NOON))
    assert told(await hourly_prices(database, "BTC KCS XYZ", "USDT", HOUR + 60)) == {
        "BTC": ("6E+4", "binance", 5),
        "KCS": ("9", "kucoin", 5),
        "XYZ": None,
    }
    in_bitcoin = await hourly_prices(database, "USDT KCS EUR BTC", "BTC", HOUR + 60)
    assert told(in_bitcoin) == {
        "USDT": ("0.0000166666666667", "binance", 5),
        "KCS": ("0.00015", "kucoin+binance", 5),
        "EUR": ("0.0000183333333333", "binance", 5),
    }
    for code, price in in_bitcoin.items():  # to the digit what a conversion at that moment is answered
        assert isinstance(price, Price)
        converted = await ConvertAt(
            database=database,
            rates_at=ReferenceRatesAt(database, "ecb"),
            clock=FakeClock(HOUR + 10**6),
            max_seconds=43200,
            refuse_unknown=str,
        )(at=HOUR + 60, amount=Decimal(1), currency_from=code, currency_to=Currency("BTC"))
        assert (converted.rate, converted.exchange, converted.updated_at) == (
            price.rate,
            price.source,
            price.observed_at,
        )


async def test_only_what_was_known_by_the_moment_counts_even_within_an_hour() -> None:
    later = {"BTC": ("70000", "binance")}
    database = recorded_hourly((-1, 5, NOON), (0, 300, later), (1, 5, {"BTC": ("80000", "binance")}))
    for at, rate, age in ((HOUR, "6E+4", -3595), (HOUR + 299, "6E+4", -3595), (HOUR + 300, "7E+4", 300)):
        assert told(await hourly_prices(database, "BTC", "USDT", at)) == {"BTC": (rate, "binance", age)}
    # The table of this hour lacks it; that of the hour before does not.
    assert told(await hourly_prices(database, "KCS", "USDT", HOUR + 400)) == {"KCS": ("9", "kucoin", -3595)}
    before = await hourly_prices(database, "BTC", "USDT", HOUR - HOUR_SECONDS)
    assert before == {"BTC": NoPrice("no rate was recorded by then")}


async def test_of_a_table_and_a_quote_the_later_counts_and_an_old_one_is_stale() -> None:
    database = recorded_hourly((0, 5, NOON))
    async with database.writing() as unit:
        await unit.quotes.add(Quote(Pair.parse("BTC/USDT"), Decimal(1), "alphavantage", HOUR + 4), SUNDAY)
        await unit.quotes.add(Quote(Pair.parse("USDT/BTC"), Decimal("0.5"), "alphavantage", HOUR + 90), SUNDAY)
    assert told(await hourly_prices(database, "BTC", "USDT", HOUR + 60)) == {"BTC": ("6E+4", "binance", 5)}
    assert told(await hourly_prices(database, "BTC", "USDT", HOUR + 90)) == {"BTC": ("2", "alphavantage", 90)}
    old = (await hourly_prices(database, "KCS", "USDT", HOUR + 5 + USUAL_AGE_SECONDS + 1))[Currency("KCS")]
    assert isinstance(old, Price)
    assert (old.rate, old.stale_reason) == (Decimal(9), "the last rate by then was 7201 s old")


async def test_the_bank_completes_what_a_table_has_and_an_exchange_alone_counts_alone() -> None:
    database = recorded_hourly((0, 5, NOON))
    (yen,) = (await hourly_prices(database, "BTC", "JPY", HOUR + 60)).values()
    assert isinstance(yen, Price)
    assert (yen.source, yen.rate) == ("binance+ecb", Decimal("9194181.81818"))
    assert told(await hourly_prices(database, "BTC KCS TRX", "USDT", HOUR + 60, "Binance")) == {
        "BTC": ("6E+4", "binance", 5),
        "KCS": None,
        "TRX": None,
    }


class CountingDatabase(FakeDatabase):
    """Counts its reads."""

    reads = 0

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[FakeRepositories]:
        self.reads += 1
        async with super().reading() as unit:
            yield unit


async def test_many_lines_are_read_as_often_as_one() -> None:
    reads = set()
    for codes in ("XYZ", "BTC KCS EUR XYZ ABC"):
        database = CountingDatabase()
        database.rows = recorded_hourly((0, 5, NOON)).rows
        assert told(await hourly_prices(database, codes, "TRX", HOUR + 60))["XYZ"] is None
        reads.add(database.reads)
    assert len(reads) == 1


async def test_names_mean_in_the_past_what_they_mean_now_and_an_old_record_is_of_the_coin_that_was_traded() -> None:
    database, usdt = FakeDatabase(), Currency("USDT")
    rates = {"BTC": "64000", "1000SATS": "0.2", "BIFI": "308"}
    in_table = {Currency(code): TableRate(Decimal(rate), "binance", HOUR + 5) for code, rate in rates.items()}
    in_table[Currency("BIFI.KUCOIN")] = TableRate(Decimal("0.35"), "kucoin", HOUR + 5)
    old = Quote(
        Pair.parse("BIFI/USDT"),
        Decimal("0.35"),
        "exchanges",
        HOUR + 9,
        (PricedLeg("kucoin", "BIFI-USDT", Side.SELL, Decimal("0.35"), HOUR + 9),),
    )
    async with database.writing() as unit:
        await unit.hourly_tables.add(HourlyTable(HOUR, usdt, in_table))
        await unit.quotes.add(old, HOUR + 9)
    find = RecordedPrices(database, ReferenceRatesAt(database, "ecb"))
    codes = [Currency(code) for code in ("XBT", "SATS", "BIFI")]
    prices = await find(codes, usdt, at=HOUR + 60, max_age_seconds=None, exchange=None)
    assert {code: price.rate for code, price in prices.items() if isinstance(price, Price)} == {
        "XBT": Decimal(64000),
        "SATS": Decimal("0.0002"),
        "BIFI": Decimal(308),
    }
    names = [Currency("BIFI"), Currency("BIFI.KUCOIN")]  # a wallet's BIFI is not the coin that KuCoin calls so
    on_kucoin = await find(names, usdt, at=HOUR + 60, max_age_seconds=None, exchange="KuCoin")
    assert [price.rate for price in on_kucoin.values() if isinstance(price, Price)] == [Decimal("0.35")]
    assert isinstance(on_kucoin[Currency("BIFI")], NoPrice)
