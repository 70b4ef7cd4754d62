"""What conversions report to the meter."""

import pytest

from application.market_data.ports.meter import PriceSource
from domain.rates.book import RateType
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.unit.application.market_data.waiting import answers, started
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.clock import NOON
from tests.unit.fakes.exchange import failure

TIGHT = ("1", "1")
BTC_USDT = {"BTC/USDT": TIGHT}


async def test_a_conversion_is_counted_for_the_exchange_that_served_and_a_failed_one_is_not() -> None:
    harness = ConversionHarness(BTC_USDT, {"KCS/USDT": TIGHT})
    await harness.convert("BTC", "USDT")
    await harness.convert("USDT", "KCS", rate_type=RateType.EXECUTABLE)
    await harness.convert("BTC", "BTC")
    await harness.no_route("BTC", "NOPE")
    assert harness.meter.conversions == {
        ("binance", RateType.MID, 1): 1,
        ("kucoin", RateType.EXECUTABLE, 1): 1,
        ("binance", RateType.MID, 0): 1,
    }


async def test_every_call_is_counted_with_its_outcome() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.fail_next(failure("binance"))
    await harness.convert("BTC", "USDT", exchange="binance")
    assert harness.meter.calls == {("binance", None): 2, ("binance", FailureReason.SERVER_ERROR): 1}


async def test_a_call_that_was_not_made_is_not_counted() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.fail_next(
        failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30)
    )
    for _ in range(3):
        await harness.unavailable("BTC", "USDT", "binance")
    assert harness.meter.calls == {("binance", FailureReason.RATE_LIMITED): 1}


async def test_an_unexpected_exception_is_not_counted_as_the_exchanges_failure() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.fail_next(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        await harness.convert("BTC", "USDT")
    assert harness.meter.calls == {}


async def test_prices_come_from_the_exchange_then_from_the_process() -> None:
    harness = ConversionHarness(BTC_USDT)
    for _ in range(4):
        await harness.convert("BTC", "USDT", cache_max_seconds=10)
    assert harness.meter.prices == {("binance", PriceSource.EXCHANGE): 1, ("binance", PriceSource.PROCESS): 3}


async def test_prices_that_another_process_fetched_come_from_the_cache() -> None:
    other = ConversionHarness(BTC_USDT)
    harness = ConversionHarness(BTC_USDT, beside=other)
    await other.convert("BTC", "USDT")
    await started()
    harness.clock.advance(5)
    for _ in range(2):
        await harness.convert("BTC", "USDT", cache_max_seconds=10)
    assert harness.meter.prices == {("binance", PriceSource.CACHE): 1, ("binance", PriceSource.PROCESS): 1}
    assert (harness.meter.instruments, harness.meter.book_tickers) == ({"binance": NOON}, {"binance": NOON})
    assert harness.meter.calls == {}
    await harness.convert("BTC", "USDT")
    assert harness.meter.prices["binance", PriceSource.EXCHANGE] == 1


async def test_everyone_who_shares_a_fetch_is_counted() -> None:
    harness = ConversionHarness(BTC_USDT)
    await answers(await started(*(harness.convert("BTC", "USDT", exchange="binance") for _ in range(100))))
    assert harness.meter.prices == {("binance", PriceSource.EXCHANGE): 100}
    assert harness.meter.calls == {("binance", None): 2}


async def test_prices_in_memory_count_as_from_the_process_after_a_cold_start_too() -> None:
    harness = ConversionHarness(BTC_USDT)
    market = harness.markets["binance"]
    await market.book_tickers(NOON)
    await market.book_tickers(NOON)
    assert harness.meter.prices == {("binance", PriceSource.EXCHANGE): 1, ("binance", PriceSource.PROCESS): 1}


async def test_a_conversion_without_prices_counts_no_lookup() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.book_tickers = []
    with pytest.raises(ExchangeUnavailable):
        await harness.markets["binance"].book_tickers(NOON)
    assert (harness.meter.prices, harness.meter.book_tickers) == ({}, {})


async def test_the_time_of_each_newer_market_is_reported() -> None:
    harness = ConversionHarness(BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.clock.advance(7)
    await harness.convert("BTC", "USDT")
    assert (harness.meter.instruments, harness.meter.book_tickers) == ({"binance": NOON}, {"binance": NOON + 7})


async def test_a_breaker_that_opens_and_closes_is_reported() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.fail_next(
        failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30)
    )
    await harness.unavailable("BTC", "USDT", "binance")
    assert harness.meter.open_breakers == {"binance"}
    harness.clock.advance(31)
    await harness.convert("BTC", "USDT", exchange="binance")
    assert harness.meter.open_breakers == set()
