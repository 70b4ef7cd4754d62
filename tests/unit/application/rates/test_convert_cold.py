"""A conversion of which nothing is in memory: what it fetches at once, and how often it asks an exchange that fails."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from application.market_data import early_fetch
from application.market_data.attempts import RETRY_AFTER_SECONDS
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, FailureReason
from tests.unit.application.market_data.waiting import answers, settled, started
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import failure

TIGHT = ("1", "1")
BTC_USDT = {"BTC/USDT": TIGHT}
DETOUR = {"TRX/USDT": TIGHT, "ADA/USDT": TIGHT}

Calls = tuple[int, int, int, int]


def calls(harness: ConversionHarness) -> Calls:
    """Return the calls for Binance's pairs, its prices, KuCoin's pairs and its prices."""
    binance, kucoin = harness.binance, harness.kucoin
    return (
        *(binance.instruments_calls, binance.book_tickers_calls),
        *(kucoin.instruments_calls, kucoin.book_tickers_calls),
    )


@pytest.fixture(autouse=True)
def no_head_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make early calls depend on no milliseconds."""
    monkeypatch.setattr(early_fetch, "HEAD_START_SECONDS", 0)


async def waiting(
    harness: ConversionHarness, *conversions: Coroutine[Any, Any, Conversion]
) -> list[asyncio.Task[Conversion]]:
    """Start them at exchanges that take a while; they still wait for their answers."""
    harness.binance.hold()
    harness.kucoin.hold()
    return await started(*conversions)


@pytest.mark.parametrize("seconds", [None, 10])
async def test_pairs_and_prices_and_the_next_exchanges_pairs_are_fetched_at_once(seconds: int | None) -> None:
    harness = ConversionHarness(DETOUR, BTC_USDT)
    (conversion,) = await waiting(harness, harness.convert("TRX", "ADA", cache_max_seconds=seconds))
    assert calls(harness) == (1, 1, 1, 0)
    harness.binance.release()
    await settled()
    assert not conversion.done()  # KuCoin may have a direct pair
    harness.kucoin.release()
    assert (await conversion).route.exchange == "binance"
    assert calls(harness) == (1, 1, 1, 0)


async def test_a_direct_pair_of_the_first_exchange_waits_for_no_other() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    (conversion,) = await waiting(harness, harness.convert("BTC", "USDT"))
    harness.binance.release()
    await settled()
    assert (await conversion).route.exchange == "binance"
    harness.kucoin.release()
    await harness.convert("BTC", "USDT", exchange="kucoin")
    assert calls(harness) == (1, 1, 1, 1)  # the pairs that nobody waited for are used


async def test_where_the_first_exchange_lacks_the_pair_only_the_prices_of_the_next_are_left_to_fetch() -> None:
    harness = ConversionHarness(DETOUR, BTC_USDT)
    (conversion,) = await waiting(harness, harness.convert("BTC", "USDT"))
    harness.binance.release()
    harness.kucoin.release()
    assert (await conversion).route.exchange == "kucoin"
    assert calls(harness) == (1, 1, 1, 1)


@pytest.mark.parametrize("seconds", [None, 10])
async def test_many_cold_conversions_share_each_fetch(seconds: int | None) -> None:
    harness = ConversionHarness({**BTC_USDT, **DETOUR}, DETOUR)
    asked = (("BTC", "USDT"), ("TRX", "ADA")) * 50
    tasks = await waiting(harness, *(harness.convert(*pair, cache_max_seconds=seconds) for pair in asked))
    assert calls(harness) == (1, 1, 1, 0)
    harness.binance.release()
    harness.kucoin.release()
    await answers(tasks)
    assert calls(harness) == (1, 1, 1, 0)


async def test_a_known_list_of_pairs_says_first_whether_prices_are_needed() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.markets["binance"].instruments()
    (conversion,) = await waiting(harness, harness.convert("TRX", "ADA"))
    assert calls(harness) == (1, 0, 1, 0)
    conversion.cancel()


async def test_an_exchange_that_fails_before_the_head_start_is_over_gets_one_call(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(early_fetch, "HEAD_START_SECONDS", 0.02)
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance", FailureReason.NETWORK)
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"
    await asyncio.sleep(0.06)
    assert calls(harness) == (1, 0, 1, 1)


@pytest.mark.parametrize("is_transient", [True, False])
@pytest.mark.parametrize("named", [None, "binance"])
async def test_one_question_makes_at_most_two_calls_in_vain_and_later_ones_no_early_call(
    named: str | None, is_transient: bool
) -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance", is_transient=is_transient)
    harness.kucoin.standing_failure = failure("kucoin", is_transient=is_transient)
    (conversion,) = await waiting(harness, harness.convert("BTC", "USDT", exchange=named))
    harness.binance.release()
    harness.kucoin.release()
    with pytest.raises(ConversionUnavailable):
        await conversion
    attempts = 2 if is_transient else 1
    assert calls(harness) == (1, 1, *((0, 0) if named else (attempts, 0)))
    await harness.unavailable("BTC", "USDT", named)
    await settled()
    assert calls(harness)[:2] == (1 + attempts, 1)


async def test_one_failed_call_is_repeated_if_prices_came_meanwhile() -> None:
    harness = ConversionHarness(BTC_USDT)
    (conversion,) = await waiting(harness, harness.convert("BTC", "USDT", exchange="binance"))
    harness.binance.fail_next(failure("binance"))
    harness.binance.release()
    assert (await conversion).route.exchange == "binance"
    assert calls(harness)[:2] == (2, 1)


async def test_whoever_waits_for_prices_that_do_not_come_makes_no_further_call() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.prices_come.clear()
    (conversion,) = await waiting(harness, harness.convert("BTC", "USDT", exchange="binance"))
    harness.binance.standing_failure = failure("binance")
    harness.binance.release()
    await asyncio.sleep(2 * RETRY_AFTER_SECONDS)
    assert conversion.done()
    with pytest.raises(ConversionUnavailable):
        await conversion
    assert calls(harness)[:2] == (1, 1)


async def test_an_early_failure_that_nobody_needed_fails_no_conversion() -> None:
    harness = ConversionHarness(DETOUR, BTC_USDT)
    (conversion,) = await waiting(harness, harness.convert("BTC", "USDT"))
    harness.binance.book_tickers = []
    harness.binance.release()
    harness.kucoin.release()
    assert (await conversion).route.exchange == "kucoin"
    assert calls(harness) == (1, 1, 1, 1)


async def test_while_the_breaker_is_open_nothing_is_fetched_early() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.kucoin.fail_next(failure("kucoin", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30))
    await harness.unavailable("BTC", "USDT", "kucoin")
    (conversion,) = await waiting(harness, harness.convert("BTC", "USDT"))
    assert calls(harness) == (1, 1, 1, 0)
    harness.binance.release()
    await conversion
