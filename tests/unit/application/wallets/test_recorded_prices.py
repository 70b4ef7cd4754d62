"""What currencies were worth at a past moment."""

from datetime import date
from decimal import Decimal

import pytest

from application.rates.reference_rates_at import ReferenceRatesAt
from application.wallets.recorded_prices import RecordedPrices
from domain.currency import Currency
from domain.pair import Pair, Side
from domain.quotes.quote import PricedLeg, Quote
from domain.rates.bank_days import published_at
from domain.rates.reference_rates import ReferenceRates
from domain.wallets.valuation import NoPrice, Price, Pricing
from tests.unit.fakes.database import FakeDatabase

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
