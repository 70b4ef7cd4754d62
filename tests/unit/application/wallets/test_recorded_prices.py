"""What currencies were worth at a past moment."""

from datetime import date
from decimal import Decimal

import pytest

from application.rates.reference_rates_at import ReferenceRatesAt
from application.wallets.recorded_prices import RecordedPrices
from domain.currency import Currency
from domain.pair import Pair
from domain.quotes.quote import Quote
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


async def test_a_recorded_rate_comes_first_and_no_coin_is_valued_by_the_bank() -> None:
    recorded = await price_of("BTC", "USD")
    assert isinstance(recorded, Price)
    assert (recorded.rate, recorded.source) == (Decimal(64000), "alphavantage")
    assert await price_of("BTC", "JPY") == NoPrice("no rate was recorded by then")


async def test_a_recorded_rate_that_is_too_old_gives_way_to_the_banks() -> None:
    assert await price_of("EUR", "JPY", recorded="EUR/JPY") == await price_of("EUR", "JPY")


@pytest.mark.parametrize("exchange", ["ecb", "ECB"])
async def test_the_bank_may_be_named(exchange: str) -> None:
    assert isinstance(await price_of("EUR", "USD", exchange=exchange), Price)


async def test_another_exchange_alone_has_no_price_of_the_bank() -> None:
    assert isinstance(await price_of("EUR", "USD", exchange="binance"), NoPrice)


async def test_before_the_first_day_there_is_no_price() -> None:
    assert isinstance(await price_of("EUR", "USD", at=SUNDAY - 30 * 86400), NoPrice)
