"""An exchange that prices a pair too differently does not replace a failed one, and that is logged."""

import asyncio

import pytest
from structlog.testing import capture_logs

from application.rates.watch_divergence import (
    COMPARABLE_SECONDS,
    COMPARISON_MAX_AGE_SECONDS,
    LOG_AGAIN_SECONDS,
    WatchDivergence,
)
from domain.rates.errors import ConversionUnavailable, FailureReason
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import Prices, failure

TWIN = {"TWIN/USDT": ("325", "326"), "BTC/USDT": ("99", "101")}
OTHER_TWIN = {"TWIN/USDT": ("0.0061", "0.0062"), "BTC/USDT": ("99", "101"), "TWIN/BTC": ("0.00006", "0.00007")}
# TWIN against USDC has the smaller spread, and Binance has no such pair.
BY_USDC = {
    "TWIN/USDT": ("0.006", "0.007"),
    "TWIN/USDC": ("0.0061", "0.0061"),
    "BTC/USDC": ("100", "100"),
    "BTC/USDT": ("99", "101"),
}


def watch(harness: ConversionHarness) -> WatchDivergence:
    assert harness.divergence is not None
    return harness.divergence


async def seen(harness: ConversionHarness) -> ConversionHarness:
    """Bring both exchanges' markets into memory."""
    for exchange in ("binance", "kucoin"):
        await harness.convert("BTC", "USDT", exchange=exchange)
    return harness


async def with_binance_down(
    kucoin: dict[str, Prices], *, threshold_percent: str | None = "10", binance: dict[str, Prices] | None = None
) -> ConversionHarness:
    harness = await seen(ConversionHarness(binance or TWIN, kucoin, threshold_percent=threshold_percent))
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    return harness


async def test_a_pair_that_diverges_is_not_failed_over_and_the_failure_is_the_first_exchanges_own() -> None:
    harness = await with_binance_down(OTHER_TWIN)
    error = await harness.unavailable("TWIN", "USDT")
    assert {name: failed.reason for name, failed in error.failures.items()} == {"binance": FailureReason.TIMEOUT}
    assert (error.diverging, error.reasons) == ({"kucoin": ("TWIN/USDT",)}, {})
    assert "TWIN/USDT" in str(error)


async def test_other_pairs_are_failed_over_as_ever() -> None:
    harness = await with_binance_down(OTHER_TWIN)
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_the_pair_may_be_any_leg_of_a_detour() -> None:
    trx = {"TRX/BTC": ("1", "1")}
    harness = await with_binance_down(trx | {"BTC/USDT": ("3", "3")}, binance=TWIN | trx)
    error = await harness.unavailable("TRX", "USDT")
    assert error.diverging == {"kucoin": ("BTC/USDT",)}


async def test_no_detour_around_the_pair_is_taken_instead_for_it_would_lead_to_the_same_other_coin() -> None:
    harness = await with_binance_down({"TWIN/USDT": ("7", "7"), "TWIN/BTC": ("1", "1"), "BTC/USDT": ("99", "101")})
    error = await harness.unavailable("TWIN", "USDT")
    assert error.diverging == {"kucoin": ("TWIN/USDT",)}


async def test_a_pair_that_only_the_other_lists_is_no_way_to_the_other_coin_either() -> None:
    harness = await with_binance_down(BY_USDC)
    error = await harness.unavailable("TWIN", "BTC")
    assert error.diverging == {"kucoin": ("TWIN/USDC",)}


async def test_a_coin_that_agrees_in_another_pair_is_failed_over_in_one_that_only_the_other_lists() -> None:
    agreeing = {"TWIN/EUR": ("300", "300")}
    harness = await with_binance_down(BY_USDC | agreeing, binance=TWIN | agreeing)
    assert (await harness.convert("TWIN", "BTC")).route.exchange == "kucoin"


async def test_an_exchange_that_is_named_answers_for_itself() -> None:
    harness = await with_binance_down(OTHER_TWIN)
    assert (await harness.convert("TWIN", "USDT", exchange="kucoin")).route.exchange == "kucoin"


async def test_an_exchange_that_has_answered_with_no_such_pair_may_be_followed_by_one_that_has_it() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    assert (await harness.convert("TWIN", "BTC")).route.exchange == "kucoin"


async def test_an_exchange_that_has_answered_no_was_not_replaced_and_so_is_not_compared() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN | {"KCS/USDT": ("1", "1")}))
    watch(harness).compare_all()
    assert (await harness.convert("KCS", "TWIN")).route.exchange == "kucoin"


async def test_an_exchange_that_works_is_not_replaced_whatever_another_says() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    assert (await harness.convert("TWIN", "USDT")).route.exchange == "binance"


async def test_with_the_check_turned_off_any_exchange_takes_over() -> None:
    harness = await with_binance_down(OTHER_TWIN, threshold_percent=None)
    assert (await harness.convert("TWIN", "USDT")).route.exchange == "kucoin"


async def test_the_threshold_can_be_chosen() -> None:
    harness = await with_binance_down({"BTC/USDT": ("119", "119")}, threshold_percent="20")
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_an_exchange_that_was_never_seen_is_failed_over() -> None:
    harness = ConversionHarness(TWIN, OTHER_TWIN)
    harness.binance.standing_failure = failure("binance")
    assert (await harness.convert("TWIN", "USDT")).route.exchange == "kucoin"


async def test_prices_that_were_never_seen_at_about_the_same_time_say_nothing_of_each_other() -> None:
    harness = ConversionHarness(TWIN, OTHER_TWIN)
    await harness.convert("BTC", "USDT")
    harness.binance.standing_failure = failure("binance")
    harness.clock.advance(COMPARABLE_SECONDS + 1)
    assert (await harness.convert("TWIN", "USDT")).route.exchange == "kucoin"


async def test_a_coin_that_moves_after_the_others_last_prices_is_no_other_coin() -> None:
    harness = await seen(ConversionHarness(TWIN, TWIN))
    watch(harness).compare_all()
    harness.binance.standing_failure = failure("binance")
    harness.clock.advance(COMPARABLE_SECONDS - 1)
    harness.kucoin.trade({"BTC/USDT": ("119", "121")})
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_the_last_prices_before_the_failure_are_compared_with_those_just_after_it() -> None:
    harness = ConversionHarness(TWIN, OTHER_TWIN)
    await harness.convert("BTC", "USDT")
    harness.binance.standing_failure = failure("binance")
    harness.clock.advance(COMPARABLE_SECONDS - 1)
    assert (await harness.unavailable("TWIN", "USDT")).diverging == {"kucoin": ("TWIN/USDT",)}


async def test_a_verdict_holds_for_a_day_whatever_the_prices_do() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    watch(harness).compare_all()
    harness.binance.standing_failure = failure("binance")
    harness.kucoin.trade({"TWIN/USDT": ("325", "326"), "BTC/USDT": ("5", "5")})
    harness.clock.advance(COMPARISON_MAX_AGE_SECONDS)
    assert (await harness.unavailable("TWIN", "USDT")).diverging == {"kucoin": ("TWIN/USDT",)}
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"
    harness.clock.advance(1)
    assert (await harness.convert("TWIN", "USDT")).route.exchange == "kucoin"


async def test_a_pair_that_has_come_together_again_is_failed_over() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    watch(harness).compare_all()
    harness.kucoin.trade(TWIN)
    harness.clock.advance(30)
    await seen(harness)
    harness.binance.standing_failure = failure("binance")
    assert (await harness.convert("TWIN", "USDT")).route.exchange == "kucoin"


async def test_how_many_pairs_diverge_is_counted() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    watch(harness).compare_all()
    assert harness.meter.diverging == {("binance", "kucoin"): 1}
    harness.kucoin.trade(TWIN)
    harness.clock.advance(1)
    await seen(harness)
    watch(harness).compare_all()
    assert harness.meter.diverging == {("binance", "kucoin"): 0}


async def test_the_same_prices_are_compared_once() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    watch(harness).compare_all()
    harness.meter.diverging.clear()
    watch(harness).compare_all()
    assert not harness.meter.diverging


async def test_a_pair_that_goes_on_diverging_is_logged_once_an_hour() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    with capture_logs() as logs:
        for _ in range(2 * int(LOG_AGAIN_SECONDS) // 100):
            watch(harness).compare_all()
            harness.clock.advance(100)
            await seen(harness)
    logged = [line for line in logs if line["event"] == "pair_diverged"]
    assert len(logged) == 2
    assert logged[0] == {
        "event": "pair_diverged",
        "log_level": "warning",
        "pair": "TWIN/USDT",
        "mids": {"binance": "325.5", "kucoin": "0.00615"},
        "percent": pytest.approx(5292582.9),
    }


async def test_markets_are_compared_at_intervals_without_a_fetch() -> None:
    harness = await seen(ConversionHarness(TWIN, OTHER_TWIN))
    calls = harness.binance.calls + harness.kucoin.calls
    running = asyncio.create_task(watch(harness).run())
    async with asyncio.timeout(5):
        while not harness.meter.diverging:  # noqa: ASYNC110 -- a counter has nothing to wait for
            await asyncio.sleep(0.001)
    running.cancel()
    await asyncio.wait([running])
    assert harness.binance.calls + harness.kucoin.calls == calls


async def test_without_markets_there_is_nothing_to_compare() -> None:
    harness = ConversionHarness(TWIN, OTHER_TWIN)
    watch(harness).compare_all()
    assert not harness.meter.diverging


async def test_the_earlier_exchange_that_failed_counts_also_when_the_later_ones_failed_too() -> None:
    harness = await with_binance_down(OTHER_TWIN)
    harness.kucoin.standing_failure = failure("kucoin")
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("TWIN", "USDT")
    assert caught.value.failures.keys() == {"binance", "kucoin"}
    assert caught.value.diverging == {}
