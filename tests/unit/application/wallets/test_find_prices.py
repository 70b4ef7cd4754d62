"""Prices of many currencies at once: fresh where that is possible, else the last ones, else the reason."""

from decimal import Decimal

import pytest

from application.rates.newest_reference_rates import NewestReferenceRates
from application.wallets.find_prices import FindPrices
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.errors import FailureReason, UnknownExchange
from domain.rates.routing import searches_of
from domain.wallets.valuation import NoPrice, Price, Pricing
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.application.rates.test_convert_reference import THURSDAY, reference
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import failure

PRICES = {"BTC/USDT": ("9", "11"), "ETH/BTC": ("0.5", "0.5")}


async def found(
    harness: ConversionHarness,
    *codes: str,
    to: str = "USDT",
    seconds: int | None = 60,
    rate_type: RateType = RateType.MID,
    exchange: str | None = None,
    bank: NewestReferenceRates | None = None,
) -> dict[str, Pricing]:
    find = FindPrices(convert_many=harness.many, markets=harness.markets, searches=searches_of(3), reference=bank)
    prices = await find(
        map(Currency, codes), Currency(to), cache_max_seconds=seconds, rate_type=rate_type, exchange=exchange
    )
    return {str(code): each for code, each in prices.items()}


def price_of(pricing: Pricing) -> Price:
    assert isinstance(pricing, Price)
    return pricing


async def test_each_currency_gets_its_price_with_exchange_moment_and_route() -> None:
    prices = await found(ConversionHarness(PRICES, {"KCS/USDT": ("2", "2")}), "BTC", "ETH", "KCS", "USDT", "BTC")
    assert {code: (price_of(each).rate, price_of(each).source) for code, each in prices.items()} == {
        "BTC": (Decimal(10), "binance"),
        "ETH": (Decimal(5), "binance"),
        "KCS": (Decimal(2), "kucoin"),
    }
    ether = price_of(prices["ETH"])
    assert ether.route is not None
    assert [leg.symbol for leg in ether.route.legs] == ["ETH/BTC", "BTC/USDT"]
    assert (ether.observed_at, ether.stale_reason) == (NOON, None)


async def test_an_executable_price_is_what_selling_brings() -> None:
    prices = await found(ConversionHarness(PRICES), "BTC", rate_type=RateType.EXECUTABLE)
    assert price_of(prices["BTC"]).rate == 9


async def test_a_currency_without_a_route_has_the_reason_of_each_exchange() -> None:
    prices = await found(ConversionHarness(PRICES, PRICES), "XYZ")
    assert prices == {"XYZ": NoPrice("binance: XYZ is not listed; kucoin: XYZ is not listed")}


async def test_when_an_exchange_fails_its_last_prices_are_stale() -> None:
    harness = ConversionHarness(PRICES)
    await found(harness, "BTC")
    harness.clock.advance(10_000)
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    prices = await found(harness, "BTC", "ETH", "XYZ")
    bitcoin = price_of(prices["BTC"])
    assert (bitcoin.rate, bitcoin.observed_at) == (Decimal(10), NOON)
    assert bitcoin.stale_reason == "binance: timeout: made to fail"
    assert price_of(prices["ETH"]).rate == 5
    assert prices["XYZ"] == NoPrice("binance: timeout: made to fail")


async def test_without_any_price_so_far_a_failure_is_the_reason() -> None:
    harness = ConversionHarness(PRICES)
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    prices = await found(harness, "BTC", exchange="binance")
    assert prices == {"BTC": NoPrice("binance: timeout: made to fail")}


async def test_the_last_prices_of_another_exchange_than_the_named_one_are_not_used() -> None:
    harness = ConversionHarness(PRICES, PRICES)
    await found(harness, "BTC")
    harness.kucoin.standing_failure = failure("kucoin", FailureReason.TIMEOUT, is_transient=False)
    prices = await found(harness, "BTC", exchange="KuCoin")
    assert isinstance(prices["BTC"], NoPrice)


@pytest.mark.parametrize("is_down", [False, True])
async def test_what_a_wallet_holds_is_never_worth_what_an_exchange_pays_for_another_coin_of_that_ticker(
    is_down: bool,
) -> None:
    harness = ConversionHarness({"BIFI/USDT": ("300", "300")}, {"BIFI/USDT": ("2", "2"), "AOA/USDT": ("3", "3")})
    await found(harness, "BIFI.KUCOIN", exchange="kucoin")
    if is_down:
        harness.clock.advance(10_000)
        harness.kucoin.standing_failure = failure("kucoin", FailureReason.TIMEOUT, is_transient=False)
    prices = await found(harness, "BIFI", "BIFI.KUCOIN", "AOA", "AOA.TOKEN", exchange="KuCoin")
    assert prices.pop("BIFI") == NoPrice("kucoin: its BIFI is BIFI.KUCOIN here, see /currencies")
    assert prices.pop("AOA") == NoPrice("kucoin: its AOA is AOA.TOKEN here, see /currencies")
    assert {code: price_of(each).rate for code, each in prices.items()} == {"BIFI.KUCOIN": 2, "AOA.TOKEN": 3}
    assert {price_of(each).stale_reason is not None for each in prices.values()} == {is_down}


async def test_nothing_is_worth_anything_in_a_coin_that_the_exchange_knows_by_another_name() -> None:
    harness = ConversionHarness({}, {"BIFI/USDT": ("2", "2")})
    none = await found(harness, "USDT", to="BIFI", exchange="kucoin")
    assert none == {"USDT": NoPrice("kucoin: BIFI is not listed")}
    some = await found(harness, "USDT", to="BIFI.KUCOIN", exchange="kucoin")
    assert price_of(some["USDT"]).rate == Decimal("0.5")


async def test_an_unknown_exchange_is_an_error_of_the_request() -> None:
    with pytest.raises(UnknownExchange):
        await found(ConversionHarness(PRICES), "BTC", exchange="nyse")


async def test_all_prices_are_of_one_snapshot_and_one_fetch() -> None:
    harness = ConversionHarness(PRICES)
    await found(harness, "BTC")
    harness.clock.advance(100)
    prices = await found(harness, "BTC", "ETH")
    assert {price_of(each).observed_at for each in prices.values()} == {NOON + 100}
    assert harness.binance.book_tickers_calls == 2


async def test_dollars_come_from_an_exchange_and_the_bank() -> None:
    bank = reference()
    harness = ConversionHarness({"BTC/EUR": ("9", "11")}, reference=bank)
    prices = await found(harness, "BTC", "GBP", "NOPE", to="USD", bank=bank)
    assert (price_of(prices["BTC"]).rate, price_of(prices["BTC"]).source) == (Decimal("10.972"), "binance+ecb")
    assert (price_of(prices["GBP"]).source, price_of(prices["GBP"]).stale_reason) == ("ecb", None)
    assert isinstance(prices["NOPE"], NoPrice)


@pytest.mark.parametrize("is_bank_overdue", [True, False])
async def test_when_the_bank_is_overdue_or_the_exchange_fails_the_last_dollars_are_stale(is_bank_overdue: bool) -> None:
    bank = reference(publication(THURSDAY)) if is_bank_overdue else reference()
    harness = ConversionHarness({"BTC/EUR": ("9", "11")}, {"ETH/EUR": ("1", "1")}, reference=bank)
    await found(harness, "BTC", "ETH", to="EUR", bank=bank)
    if not is_bank_overdue:
        harness.clock.advance(10_000)
        for exchange in (harness.binance, harness.kucoin):
            exchange.standing_failure = failure(exchange.name, FailureReason.TIMEOUT, is_transient=False)
    prices = await found(harness, "BTC", "ETH", "XYZ", to="USD", bank=bank)
    assert [(price_of(prices[code]).rate, price_of(prices[code]).source) for code in ("BTC", "ETH")] == [
        (Decimal("10.972"), "binance+ecb"),
        (Decimal("1.0972"), "kucoin+ecb"),
    ]
    assert ("ecb: stale" if is_bank_overdue else "timeout") in str(price_of(prices["BTC"]).stale_reason)
    assert isinstance(prices["XYZ"], NoPrice)
    alone = await found(harness, "BTC", to="USD", exchange="binance", bank=bank)
    assert isinstance(alone["BTC"], NoPrice)
    at_bank = price_of((await found(harness, "GBP", to="USD", exchange="ecb", bank=bank))["GBP"])
    assert (at_bank.source, at_bank.stale_reason is not None) == ("ecb", is_bank_overdue)
