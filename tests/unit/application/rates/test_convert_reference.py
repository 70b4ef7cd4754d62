"""A bank's rates complete a route where no exchange has one by itself, and as long as they are current."""

from datetime import date
from decimal import Decimal

import pytest

from application.market_data.ports.meter import PriceSource
from application.rates.newest_reference_rates import NewestReferenceRates
from domain.rates.bank_days import missed_at
from domain.rates.book import RateType
from domain.rates.errors import ConversionUnavailable, FailureReason, NoRoute, UnknownExchange
from domain.rates.reference_rates import ReferenceRates
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import Prices, failure
from tests.unit.fakes.reference_rates import FakeReferenceMeter

# NOON is a Sunday.
FRIDAY, THURSDAY = date(2024, 4, 26), date(2024, 4, 25)
BTC_EUR: dict[str, Prices] = {"BTC/EUR": ("27500", "27501")}


def reference(rates: ReferenceRates | None = None) -> NewestReferenceRates:
    newest = NewestReferenceRates("ecb", FakeReferenceMeter())
    newest.accept(rates or publication(FRIDAY))
    return newest


async def test_btc_to_usd_is_btc_to_eur_on_an_exchange_and_eur_to_usd_at_the_bank() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    conversion = await harness.convert("BTC", "USD", "2")
    route = conversion.route
    assert (route.exchange, [leg.symbol for leg in route.legs]) == ("binance+ecb", ["BTC/EUR", "EUR/USD"])
    assert (conversion.rate, conversion.result) == (Decimal("30173.5486"), Decimal("60347.0972"))
    assert conversion.updated_at == int(NOON)
    assert harness.meter.conversions == {("binance+ecb", RateType.MID, 2): 1}


@pytest.mark.parametrize("cache_max_seconds", [None, 60])
async def test_usd_to_btc_buys_at_the_ask(cache_max_seconds: int | None) -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    converted = await harness.convert("USD", "BTC", rate_type=RateType.EXECUTABLE, cache_max_seconds=cache_max_seconds)
    assert converted.rate == Decimal("0.0000331410081094")


async def test_an_exchange_with_a_route_by_itself_comes_first_even_with_three_legs_and_a_wide_spread() -> None:
    by_itself: dict[str, Prices] = {"BTC/ETH": ("10", "11"), "ETH/SOL": ("10", "11"), "SOL/USD": ("10", "11")}
    harness = ConversionHarness(BTC_EUR, by_itself, reference=reference())
    assert (await harness.convert("BTC", "USD")).route.exchange == "kucoin"


async def test_the_first_exchange_with_a_route_to_any_of_the_bank_s_currencies_answers() -> None:
    harness = ConversionHarness(None, {"BTC/TRY": ("585000", "585001")}, reference=reference())
    route = (await harness.convert("BTC", "USD")).route
    assert (route.exchange, len(route.legs)) == ("kucoin+ecb", 3)


async def test_a_direct_market_anywhere_comes_before_a_detour() -> None:
    detour: dict[str, Prices] = {"BTC/ETH": ("10", "10"), "ETH/EUR": ("10", "10")}
    harness = ConversionHarness(detour, BTC_EUR, reference=reference())
    assert (await harness.convert("BTC", "USD")).route.exchange == "kucoin+ecb"


async def test_between_two_of_its_currencies_the_bank_answers_alone_without_a_call_for_prices() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    conversion = await harness.convert("GBP", "USD")
    assert (conversion.route.exchange, conversion.rate) == ("ecb", Decimal("1.24479538931"))
    assert conversion.updated_at == int(publication(FRIDAY).published_at)
    assert harness.binance.book_tickers_calls == 0


async def test_an_exchange_that_trades_both_comes_before_the_bank_unless_the_bank_is_asked() -> None:
    harness = ConversionHarness({"EUR/TRY": ("21", "22")}, reference=reference())
    assert (await harness.convert("EUR", "TRY")).rate == Decimal("21.5")
    assert (await harness.convert("EUR", "TRY", exchange="ECB")).rate == Decimal("21.2812")


async def test_the_bank_asked_alone_completes_no_exchange() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    for seconds in (None, 60):
        with pytest.raises(NoRoute) as caught:
            await harness.convert("BTC", "USD", exchange="ecb", cache_max_seconds=seconds)
        assert caught.value.reasons == {"ecb": "it has no rate of BTC"}
    assert (await harness.no_route("BTC", "XRP", exchange="ecb")).reasons == {"ecb": "it has no rate of BTC and XRP"}


async def test_one_exchange_asked_alone_is_not_completed() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    for seconds in (None, 60):
        with pytest.raises(NoRoute):
            await harness.convert("BTC", "USD", exchange="binance", cache_max_seconds=seconds)


async def test_a_currency_is_worth_itself_at_the_bank_too() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    conversion = await harness.convert("USD", "USD", "3")
    assert (conversion.route.exchange, conversion.result) == ("ecb", Decimal(3))


async def test_without_reference_rates_nothing_changes() -> None:
    harness = ConversionHarness(BTC_EUR)
    assert (await harness.no_route("BTC", "USD")).reasons == {
        "binance": "USD is not listed",
        "kucoin": "BTC is not listed",
    }
    with pytest.raises(UnknownExchange, match=r"the supported ones are: binance, kucoin$"):
        await harness.convert("EUR", "USD", exchange="ecb")


async def test_the_bank_is_one_of_the_supported_names() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    with pytest.raises(UnknownExchange, match=r"binance, kucoin, ecb$"):
        await harness.convert("EUR", "USD", exchange="fed")


async def test_where_none_of_its_currencies_is_reached_the_bank_says_so() -> None:
    harness = ConversionHarness({"BTC/USDT": ("30000", "30001")}, reference=reference())
    error = await harness.no_route("BTC", "USD")
    assert error.reasons["ecb"] == "no exchange has a route that its rates complete"


async def test_the_bank_is_not_mentioned_where_it_cannot_help() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference())
    assert set((await harness.no_route("BTC", "NOPE")).reasons) == {"binance", "kucoin"}
    assert set((await harness.no_route("NOPE", "USD")).reasons) == {"binance", "kucoin"}


async def test_on_a_sunday_friday_s_rates_are_current() -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference(publication(FRIDAY)))
    assert (await harness.convert("BTC", "USD")).rate == Decimal("30173.5486")


@pytest.mark.parametrize(
    ("sold", "bought", "exchange"), [("BTC", "USD", None), ("EUR", "USD", None), ("EUR", "USD", "ecb")]
)
async def test_a_missed_publication_makes_the_rates_stale_but_for_whoever_accepts_that(
    sold: str, bought: str, exchange: str | None
) -> None:
    harness = ConversionHarness(BTC_EUR, reference=reference(publication(THURSDAY)))
    error = await harness.unavailable(sold, bought, exchange)
    assert error.failures["ecb"].reason is FailureReason.STALE
    assert error.failures["ecb"].detail == "its newest rates are of 2024-04-25; those of 2024-04-26 have not come"
    overdue = int(NOON - missed_at(THURSDAY))
    with pytest.raises(ConversionUnavailable):
        await harness.convert(sold, bought, exchange=exchange, cache_max_seconds=overdue - 1)
    converted = await harness.convert(sold, bought, exchange=exchange, cache_max_seconds=overdue + 1)
    assert converted.route.exchange.endswith("ecb")


async def test_before_the_first_rates_are_here_it_cannot_be_told_what_a_state_s_currency_is_worth() -> None:
    harness = ConversionHarness(BTC_EUR, reference=NewestReferenceRates("ecb", FakeReferenceMeter()))
    error = await harness.unavailable("BTC", "USD")
    assert str(error.failures["ecb"]).startswith("ecb: stale: none of its rates are here yet; where there is a Redis")
    assert error.reasons == {"binance": "USD is not listed", "kucoin": "BTC is not listed"}
    assert set((await harness.no_route("NOPE", "USD")).reasons) == {"binance", "kucoin"}
    assert set((await harness.no_route("BTC", "NOPE")).reasons) == {"binance", "kucoin"}


async def test_an_exchange_that_fails_is_replaced_by_the_next_as_ever() -> None:
    harness = ConversionHarness(BTC_EUR, BTC_EUR, reference=reference())
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    assert (await harness.convert("BTC", "USD")).route.exchange == "kucoin+ecb"
    harness.kucoin.standing_failure = failure("kucoin", FailureReason.TIMEOUT, is_transient=False)
    error = await harness.unavailable("BTC", "USD")
    assert set(error.failures) == {"binance", "kucoin"}


async def test_an_exchange_whose_prices_diverge_does_not_replace_another_under_the_bank_s_rates_either() -> None:
    harness = ConversionHarness(BTC_EUR, {"BTC/EUR": ("1", "1")}, reference=reference())
    await harness.convert("BTC", "EUR", exchange="kucoin")
    await harness.convert("BTC", "EUR", exchange="binance")
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    error = await harness.unavailable("BTC", "USD")
    assert error.diverging == {"kucoin": ("BTC/EUR",)}


async def test_with_fresh_prices_in_memory_nothing_is_fetched() -> None:
    harness = ConversionHarness(BTC_EUR, BTC_EUR, reference=reference())
    for exchange in ("binance", "kucoin"):
        await harness.convert("BTC", "EUR", exchange=exchange)
    calls = harness.binance.calls, harness.kucoin.calls
    served = harness.meter.prices["binance", PriceSource.PROCESS]
    first = await harness.convert("BTC", "USD", cache_max_seconds=60)
    assert (await harness.convert("BTC", "USD", cache_max_seconds=60)).route is first.route
    assert first.route.exchange == "binance+ecb"
    assert (harness.binance.calls, harness.kucoin.calls) == calls
    assert harness.meter.prices["binance", PriceSource.PROCESS] == served + 2


async def test_a_listing_that_is_old_is_fetched_before_the_bank_may_complete_a_route() -> None:
    harness = ConversionHarness(BTC_EUR, BTC_EUR, reference=reference())
    for exchange in ("binance", "kucoin"):
        await harness.convert("BTC", "EUR", exchange=exchange)
    harness.clock.advance(61)
    harness.binance.trade(BTC_EUR | {"BTC/USD": ("30000", "30000")})
    for exchange in ("binance", "kucoin"):
        await harness.convert("BTC", "EUR", exchange=exchange)
    assert (await harness.convert("BTC", "USD", cache_max_seconds=60)).route.exchange == "binance"


async def test_a_batch_stays_at_the_rates_that_it_began_with() -> None:
    newest = reference(publication(THURSDAY))
    pinned = newest.pinned()
    newest.accept(publication(FRIDAY))
    assert pinned.rates == publication(THURSDAY)
    assert newest.rates == publication(FRIDAY)


def test_older_rates_never_replace_newer_ones() -> None:
    newest = reference(publication(FRIDAY))
    newest.accept(publication(THURSDAY, USD="1.5"))
    assert newest.rates == publication(FRIDAY)
    newest.accept(publication(FRIDAY, USD="1.0973"))
    assert newest.rates == publication(FRIDAY, USD="1.0973")
