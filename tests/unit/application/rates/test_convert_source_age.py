"""Prices are as old as their source says, for every bound, and beyond a limit the exchange is unavailable."""

import pytest

from domain.rates.errors import ConversionUnavailable, FailureReason
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.clock import NOON

TIGHT = ("1", "1")


def lagging(seconds: float, *, max_source_age_seconds: float = 60.0) -> ConversionHarness:
    """A Binance that lags, beside a KuCoin that has something else."""
    harness = ConversionHarness({"BTC/USDT": TIGHT}, max_source_age_seconds=max_source_age_seconds)
    harness.binance.lag_seconds = seconds
    return harness


async def test_prices_that_lag_are_not_served_to_those_who_need_newer_ones() -> None:
    harness = lagging(30)
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("BTC", "USDT", cache_max_seconds=10)
    failure = caught.value.failures["binance"]
    assert (failure.reason, failure.detail) == (FailureReason.STALE, "its newest answer is 30 s old by its own word")


async def test_the_next_exchange_answers_for_one_that_lags() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"BTC/USDT": TIGHT})
    harness.binance.lag_seconds = 30
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=10)).route.exchange == "kucoin"


@pytest.mark.parametrize("cache_max_seconds", [60, 31, None])
async def test_prices_that_lag_are_served_with_their_true_age(cache_max_seconds: int | None) -> None:
    harness = lagging(30)
    for _ in range(2):
        conversion = await harness.convert("BTC", "USDT", cache_max_seconds=cache_max_seconds)
        assert conversion.updated_at == NOON - 30
    assert harness.markets["binance"].status().book_tickers_observed_at == NOON - 30


async def test_a_few_seconds_are_no_lag() -> None:
    conversion = await lagging(5).convert("BTC", "USDT", cache_max_seconds=1)
    assert conversion.updated_at == NOON


@pytest.mark.parametrize("cache_max_seconds", [86_400, None])
async def test_an_exchange_beyond_the_limit_is_unavailable_and_counted(cache_max_seconds: int | None) -> None:
    harness = lagging(61)
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("BTC", "USDT", cache_max_seconds=cache_max_seconds)
    assert caught.value.failures["binance"].reason is FailureReason.STALE
    status = harness.markets["binance"].status()
    assert status.last_failure is not None
    assert status.book_tickers_observed_at is None


async def test_a_limit_of_0_is_none() -> None:
    conversion = await lagging(500, max_source_age_seconds=0).convert("BTC", "USDT")
    assert conversion.updated_at == NOON - 500


async def test_a_list_of_pairs_may_lag_for_as_long_as_it_may_be_used() -> None:
    harness = lagging(61)
    await harness.markets["binance"].instruments()
    harness.binance.lag_seconds = 601
    with pytest.raises(ConversionUnavailable):
        await harness.convert("NOPE", "USDT", exchange="binance")


async def test_an_exchange_that_lags_is_asked_once_a_second_at_most() -> None:
    harness = lagging(30)
    for _ in range(50):
        with pytest.raises(ConversionUnavailable):
            await harness.convert("BTC", "USDT", cache_max_seconds=10)
    assert harness.binance.book_tickers_calls == 1
    harness.clock.advance(1)
    harness.binance.lag_seconds = 0
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=10)).updated_at == NOON + 1


async def test_the_lag_is_known_to_processes_that_share_the_cache() -> None:
    harness = lagging(30)
    beside = ConversionHarness({"BTC/USDT": TIGHT}, beside=harness)
    beside.binance.lag_seconds = 30
    await harness.convert("BTC", "USDT", cache_max_seconds=60)
    with pytest.raises(ConversionUnavailable):
        await beside.convert("BTC", "USDT", cache_max_seconds=10)
    assert (await beside.convert("BTC", "USDT", cache_max_seconds=60)).updated_at == NOON - 30
